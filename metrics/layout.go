package metrics

// Every counter and histogram of a function has a place in a flat array, its
// cell, worked out once from the catalogue: the label values, read as digits of
// a mixed radix. Recorders, snapshots, windows and series are loops over those
// arrays, so a metric added to the catalogue is carried by all of them.

// family is one metric's run of cells.
type family struct {
	metric *Metric
	first  int       // index of its first cell among the cells of its kind
	radix  [3]int    // how many values each label has; 1 where there is no label
	labels [][]Label // labels of each cell; shared, never written
}

// families holds the run of each metric, by its place in the catalogue.
var families, numCounters, numFloats, numHistograms = layOut()

// requestCells gives the cell of an outcome and a reason. A reason that the
// outcome can't have is taken for the outcome's first one.
var requestCells = func() (cells [numOutcomes][numReasons]int) {
	cell := families[mRequests].first
	for o := range cells {
		reasons := Outcome(o).Reasons()
		for r := range cells[o] {
			cells[o][r] = cell
		}
		for i, r := range reasons {
			cells[o][r] = cell + i
		}
		cell += max(1, len(reasons))
	}
	return cells
}()

const (
	numOutcomes = int(Bypass) + 1
	numReasons  = int(ReasonDisabled) + 1
)

func layOut() (fams [numMetrics]family, counters, floats, histograms int) {
	for i := range catalog {
		m := &catalog[i]
		f := family{metric: m, radix: [3]int{1, 1, 1}}
		if i == mRequests {
			f.labels = requestLabels()
		} else {
			f.labels = [][]Label{nil}
			for j, def := range m.Labels {
				f.radix[j] = len(def.Values)
				f.labels = cross(f.labels, def)
			}
		}
		switch m.cells {
		case uintCells:
			f.first, counters = counters, counters+len(f.labels)
		case floatCells:
			f.first, floats = floats, floats+len(f.labels)
		case histCells:
			f.first, histograms = histograms, histograms+len(f.labels)
		}
		fams[i] = f
	}
	return fams, counters, floats, histograms
}

// requestLabels are the pairs of outcome and reason that there are: not every
// outcome has every reason, so they are a list and not a product.
func requestLabels() (all [][]Label) {
	for o := Hit; o <= Bypass; o++ {
		outcome := Label{"outcome", o.String()}
		reasons := o.Reasons()
		if len(reasons) == 0 {
			all = append(all, []Label{outcome})
		}
		for _, r := range reasons {
			all = append(all, []Label{outcome, {"reason", r.String()}})
		}
	}
	return all
}

// cross extends every label set by every value of one more label.
func cross(sets [][]Label, def LabelDef) [][]Label {
	var all [][]Label
	for _, set := range sets {
		for _, v := range def.Values {
			all = append(all, append(set[:len(set):len(set)], Label{def.Name, v}))
		}
	}
	return all
}

// cell returns the index of the cell with the given label values, or -1 if one
// is outside its enumeration. Labels that the metric lacks are 0.
func (f *family) cell(a, b, c int) int {
	if uint(a) >= uint(f.radix[0]) || uint(b) >= uint(f.radix[1]) || uint(c) >= uint(f.radix[2]) {
		return -1
	}
	return f.first + (a*f.radix[1]+b)*f.radix[2] + c
}

// requestCell returns the cell of an outcome and its reason, or -1.
func requestCell(o Outcome, r Reason) int {
	if int(o) >= numOutcomes || int(r) >= numReasons {
		return -1
	}
	return requestCells[o][r]
}
