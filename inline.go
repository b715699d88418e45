package cachier

// The compiler lets other packages inline a function of a third package only if
// this one has inlined it too. All that a hit calls is generic and therefore
// compiled where it is used, so without these instances every small function
// on its way, down to the store of an atomic, would be a call.
var (
	_ = (*Func[string, string]).Call
	_ = (*Func[int, string]).Call
	_ = (*Func[[2]string, string]).Call
)
