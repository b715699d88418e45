package metrics

import "strconv"

// nameOf gives an enumeration's label text; a value outside it is shown by its number.
func nameOf[E ~uint8](names []string, e E) string {
	if int(e) < len(names) {
		return names[e]
	}
	return "unknown(" + strconv.Itoa(int(e)) + ")"
}
