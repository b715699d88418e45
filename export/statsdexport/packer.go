package statsdexport

// packer joins lines to packets, as full as the size allows, and hands each to
// ship. A line is never parted.
type packer struct {
	size    int
	ship    func(packet) // its text is the packer's
	tooLong func(lines int)

	text  []byte
	lines int
}

// add takes a line in. A line that no packet has room for is given up.
func (p *packer) add(line []byte) {
	if len(line) > p.size {
		p.tooLong(1)
		return
	}
	if p.lines > 0 && len(p.text)+1+len(line) > p.size {
		p.flush()
	}
	if p.lines > 0 {
		p.text = append(p.text, '\n')
	}
	p.text = append(p.text, line...)
	p.lines++
}

// flush ships what is left.
func (p *packer) flush() {
	if p.lines > 0 {
		p.ship(packet{p.text, p.lines})
	}
	p.text, p.lines = p.text[:0], 0
}
