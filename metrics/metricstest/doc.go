// Package metricstest tests exporters: every [metrics.Exporter] passes it, and
// an author of one needs no other list of what an exporter has to keep.
//
//	func TestExporter(t *testing.T) {
//		metricstest.Run(t, metricstest.Harness{
//			New: func(t testing.TB) (metrics.Exporter, metricstest.Target) {
//				server := startServer(t)
//				e, err := myexport.New(server.Addr())
//				if err != nil {
//					t.Fatal(err)
//				}
//				return e, metricstest.Target{Received: server.received}
//			},
//		})
//	}
//
// Each case is a subtest of its own, on a target of its own, and prints why what
// failed is demanded. At the end of each, all that was counted must have arrived,
// once: counters and gauges by their values, histograms by how many values they
// have. A target that can be made to fail tests more, see [Target].
package metricstest
