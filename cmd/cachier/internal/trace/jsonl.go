package trace

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

const wantJSON = `{"timestamp": 1500, "hash_ids": [7, 8]}, the time in milliseconds and ids that are whole numbers from 0`

// jsonl reads one JSON object a line: a time and the ids asked for at it.
type jsonl struct {
	lines *lines
	ids   []uint64 // those of the current line that are still to come
	time  time.Duration
	clock clock
}

func (j *jsonl) columns() Columns { return Columns{Time: true} }

func (j *jsonl) next(a *Access) error {
	for len(j.ids) == 0 {
		if err := j.read(); err != nil {
			return err
		}
	}
	*a = Access{ID: j.ids[0], Time: j.time, Size: -1, Cost: -1}
	j.ids = j.ids[1:]
	return nil
}

// read takes the next line in.
func (j *jsonl) read() error {
	text, err := j.lines.next()
	if err != nil {
		return err
	}
	if text == nil {
		return io.EOF
	}
	var record struct {
		Timestamp *float64 `json:"timestamp"`
		HashIDs   []uint64 `json:"hash_ids"`
	}
	switch err := json.Unmarshal(text, &record); {
	case err != nil:
		return j.lines.wrong(fmt.Sprintf("%s isn't such an object (%v)", quoted(text), err), wantJSON)
	case record.Timestamp == nil:
		return j.lines.wrong("has no timestamp", wantJSON)
	case record.HashIDs == nil:
		return j.lines.wrong("has no hash_ids", wantJSON)
	}
	if j.time, err = j.clock.atSeconds(*record.Timestamp / 1e3); err != nil {
		return j.lines.wrong(fmt.Sprintf("timestamp %v %v", *record.Timestamp, err), wantJSON)
	}
	j.ids = record.HashIDs
	return nil
}
