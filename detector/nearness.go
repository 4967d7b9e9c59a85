package detector

import "github.com/stanchsec/stanch/rules"

// nearness tells how far from a value context words matter, in bytes, by how many bytes
// of each kind the value begins with: most values are of a shape that no rule has.
type nearness [rules.RowKinds][rules.MaxRow + 1]uint16

// add takes in a rule that is woken by words.
func (t *nearness) add(c *compiled) {
	near := c.wordNear()
	list := c.plan.Rows
	if list == nil { // it may match anything
		list = []rules.Row{{Max: rules.MaxRow}}
	}
	for _, r := range list {
		for n := r.Min; n <= r.Max; n++ {
			t[r.Kind][n] = max(t[r.Kind][n], uint16(near))
		}
	}
}

// of is the greatest distance at which a context word may wake a rule for a value that
// begins with such rows; 0 if none may match it.
func (t *nearness) of(rows *rules.RowCounts) int {
	near := uint16(0)
	for kind, n := range rows {
		near = max(near, t[kind][n])
	}
	return int(near)
}
