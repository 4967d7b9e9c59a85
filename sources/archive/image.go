package archive

import (
	"path"
	"regexp"
	"strings"
)

// Container images, as "docker save" writes them and as the OCI lays them out, are archives of layers, which are
// archives in turn; nothing has to be known of them to find all files, those too that a later layer hides. The
// configuration is JSON under the name of its hash:
// https://github.com/opencontainers/image-spec/blob/main/config.md

var hashName = regexp.MustCompile(`^(sha256:)?[0-9a-f]{64}(\.json)?$`)

func isImageConfig(name string, head []byte) bool {
	return startsObject(head) && hashName.MatchString(path.Base(name))
}

// openImageConfig hands over the environment, a variable a line, and the history, whose commands show build
// arguments, a step a line; and the rest of the configuration where it stands. Other JSON is handed over as it is.
func openImageConfig(w *walk, in *input) error {
	data, ok, err := w.whole(in, maxJSON)
	if err != nil || !ok {
		return w.asText(in, data, err)
	}
	var parts parts
	rest, err := takeStrings(data, func(path []string, value string) bool {
		name := imagePart(path)
		if name != "" {
			parts.add(name, strings.TrimRight(value, "\n"), nil, true)
		}
		return name != ""
	})
	if err != nil {
		return w.asText(in, data, nil)
	}
	return w.parts(in, &parts, rest)
}

// imagePart is the name of the part that the string at path belongs to, "" if none.
func imagePart(path []string) string {
	switch {
	case len(path) == 3 && path[0] == "config" && path[1] == "Env":
		return "environment"
	case len(path) == 3 && path[0] == "container_config" && path[1] == "Env": // of the last step, by old versions
		return "environment of the build"
	case len(path) == 3 && path[0] == "history" && (path[2] == "created_by" || path[2] == "comment"):
		return "history"
	}
	return ""
}
