// Package cwdata makes data of metrics as CloudWatch takes them, whether they go
// there by a request or by a line of a log: which metrics, under which names and
// dimensions, in which units, with values that CloudWatch accepts.
package cwdata
