// Package report makes Markdown tables and verdicts of the samples that package suite takes. It is a function of the
// samples alone: a committed file of raw samples gives the same report again.
package report
