// Package behaviour is one table of what a cached function does, whatever keeps
// its values: the behaviours that the Python package's own tests pin down. Its
// cases run in real time, over any store; nothing in them depends on how long
// something takes. They are for tests alone.
package behaviour
