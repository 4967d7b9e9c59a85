package gitrepo

import (
	"context"

	"github.com/stanchsec/stanch/internal/gitstore"
)

func (w *walk) openForeign(ctx context.Context, why *gitstore.UnsupportedError) error { return why }
