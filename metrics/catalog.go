package metrics

// The metrics by their place in the catalogue.
const (
	mRequests = iota
	mRequestErrors
	mCallsInFlight
	mRequestDuration
	mComputeDuration
	mComparisons
	mWaitDuration
	mWaiters
	mOperations
	mOperationDuration
	mTierLookups
	mBackendDuration
	mEntries
	mEntriesLimit
	mSize
	mSizeLimit
	mSizeAge
	mEntrySize
	mRejections
	mRejectedSize
	mRemovals
	mEntryAge
	mStaleAge
	mSaved
	mOverhead
	mCost
	mCostSaved
	mCircuitOpen
	mRefreshesSkipped
	mExportErrors
	mDropped
	mInfo
	numMetrics
)

var (
	outcomeLabel = LabelDef{"outcome", outcomeNames}
	resultLabel  = LabelDef{"result", resultNames}
	tierLabel    = LabelDef{"tier", tierNames}
)

// catalog is the one place that names metrics. Layout, snapshots, windows,
// exporters and docs/metrics.md follow from it.
var catalog = [numMetrics]Metric{
	mRequests: {
		"cachier_requests_total", "cachier.requests", "{request}", KindCounter,
		"Calls that returned, by the route they were on and the reason for it.",
		[]LabelDef{outcomeLabel, {"reason", reasonNames[1:]}},
		uintCells,
	},
	mRequestErrors: {
		"cachier_request_errors_total", "cachier.request.errors", "{request}", KindCounter,
		"Calls that returned an error, by outcome and kind of error.",
		[]LabelDef{outcomeLabel, {"error", errorKindNames[1:]}},
		uintCells,
	},
	mCallsInFlight: {
		"cachier_calls_in_flight", "cachier.call.active", "{call}", KindGauge,
		"Calls under way that were not answered at once.",
		nil, gaugeCells,
	},
	mRequestDuration: {
		"cachier_request_duration_seconds", "cachier.request.duration", "s", KindHistogram,
		"Time a call took, by outcome; of memory hits a weighted sample.",
		[]LabelDef{outcomeLabel},
		histCells,
	},
	mComputeDuration: {
		"cachier_compute_duration_seconds", "cachier.compute.duration", "s", KindHistogram,
		"Time the cached function took.",
		[]LabelDef{{"trigger", triggerNames}, resultLabel},
		histCells,
	},
	mComparisons: {
		"cachier_compute_comparisons_total", "cachier.compute.comparisons", "{computation}", KindCounter,
		"Successful computations, by whether the value differs from the one replaced.",
		[]LabelDef{{"change", changeNames}},
		uintCells,
	},
	mWaitDuration: {
		"cachier_wait_duration_seconds", "cachier.wait.duration", "s", KindHistogram,
		"Time callers waited for another's computation or for their turn.",
		[]LabelDef{{"scope", scopeNames}, resultLabel},
		histCells,
	},
	mWaiters: {
		"cachier_waiters", "cachier.waiter.count", "{caller}", KindGauge,
		"Callers waiting for another's computation or for their turn.",
		nil, gaugeCells,
	},
	mOperations: {
		"cachier_operations_total", "cachier.operations", "{operation}", KindCounter,
		"Operations that are not calls, by how they ended.",
		[]LabelDef{{"operation", operationNames}, resultLabel},
		uintCells,
	},
	mOperationDuration: {
		"cachier_operation_duration_seconds", "cachier.operation.duration", "s", KindHistogram,
		"Time operations that are not calls took.",
		[]LabelDef{{"operation", operationNames}, resultLabel},
		histCells,
	},
	mTierLookups: {
		"cachier_tier_lookups_total", "cachier.tier.lookups", "{lookup}", KindCounter,
		"Look-ups in one tier; ok means found, fresh or stale.",
		[]LabelDef{tierLabel, resultLabel},
		uintCells,
	},
	mBackendDuration: {
		"cachier_backend_operation_duration_seconds", "cachier.backend.operation.duration", "s", KindHistogram,
		"Time requests to the store took.",
		[]LabelDef{{"operation", backendOperationNames}, resultLabel},
		histCells,
	},
	mEntries: {
		"cachier_entries", "cachier.entry.count", "{entry}", KindGauge,
		"Entries stored.",
		[]LabelDef{tierLabel},
		gaugeCells,
	},
	mEntriesLimit: {
		"cachier_entries_limit", "cachier.entry.limit", "{entry}", KindGauge,
		"Entries that may be stored.",
		[]LabelDef{tierLabel},
		gaugeCells,
	},
	mSize: {
		"cachier_size_bytes", "cachier.storage.usage", "By", KindGauge,
		"Bytes stored.",
		[]LabelDef{tierLabel},
		gaugeCells,
	},
	mSizeLimit: {
		"cachier_size_limit_bytes", "cachier.storage.limit", "By", KindGauge,
		"Bytes that may be stored.",
		[]LabelDef{tierLabel},
		gaugeCells,
	},
	mSizeAge: {
		"cachier_size_age_seconds", "cachier.storage.age", "s", KindGauge,
		"Time since entries and bytes stored were last counted.",
		[]LabelDef{tierLabel},
		gaugeCells,
	},
	mEntrySize: {
		"cachier_entry_size_bytes", "cachier.entry.size", "By", KindHistogram,
		"Size of entries when they were stored.",
		nil, histCells,
	},
	mRejections: {
		"cachier_rejections_total", "cachier.rejections", "{entry}", KindCounter,
		"Values returned but not stored.",
		[]LabelDef{{"reason", rejectionNames}},
		uintCells,
	},
	mRejectedSize: {
		"cachier_rejected_size_bytes", "cachier.rejected.size", "By", KindHistogram,
		"Size of values returned but not stored, where it is known.",
		nil, histCells,
	},
	mRemovals: {
		"cachier_removals_total", "cachier.removals", "{entry}", KindCounter,
		"Entries that went away, by whether they had ever been read.",
		[]LabelDef{tierLabel, {"reason", removalNames}, {"read", readNames}},
		uintCells,
	},
	mEntryAge: {
		"cachier_entry_age_seconds", "cachier.entry.age", "s", KindHistogram,
		"Age of entries when served (hit) and when they went away (removal).",
		[]LabelDef{{"event", ageEventNames}},
		histCells,
	},
	mStaleAge: {
		"cachier_stale_age_seconds", "cachier.stale.age", "s", KindHistogram,
		"Time past the time-to-live of stale values when served.",
		nil, histCells,
	},
	mSaved: {
		"cachier_saved_seconds_total", "cachier.time.saved", "s", KindCounter,
		"Computing time that answers from the cache saved, gross.",
		nil, floatCells,
	},
	mOverhead: {
		"cachier_overhead_seconds_total", "cachier.time.overhead", "s", KindCounter,
		"Time of calls outside computing and waiting.",
		nil, floatCells,
	},
	mCost: {
		"cachier_cost_total", "cachier.cost", "1", KindCounter,
		"Price of the computations, in the unit the owner chose.",
		nil, floatCells,
	},
	mCostSaved: {
		"cachier_cost_saved_total", "cachier.cost.saved", "1", KindCounter,
		"Price of the computations that answers from the cache saved.",
		nil, floatCells,
	},
	mCircuitOpen: {
		"cachier_circuit_open", "cachier.circuit.open", "{circuit}", KindGauge,
		"1 while the store is not asked because it failed too often, else 0.",
		[]LabelDef{{"operation", circuitNames}},
		gaugeCells,
	},
	mRefreshesSkipped: {
		"cachier_refreshes_skipped_total", "cachier.refreshes.skipped", "{refresh}", KindCounter,
		"Background refreshes that were due and not started.",
		[]LabelDef{{"reason", skipNames}},
		uintCells,
	},
	mExportErrors: {
		"cachier_export_errors_total", "cachier.export.errors", "{export}", KindCounter,
		"Exports that failed; their counts go out with the next one.",
		[]LabelDef{{"exporter", nil}, {"reason", nil}},
		registryCells,
	},
	mDropped: {
		"cachier_dropped_total", "cachier.dropped", "{datum}", KindCounter,
		"Data that an exporter could not send and gave up.",
		[]LabelDef{{"exporter", nil}, {"reason", nil}},
		registryCells,
	},
	mInfo: {
		"cachier_info", "cachier.info", "{info}", KindGauge,
		"Always 1; the version of this library and the sampling of memory hits.",
		[]LabelDef{{"version", nil}, {"sampling", nil}},
		gaugeCells,
	},
}

// circuitNames are the two circuits of a store, read and write.
var circuitNames = []string{"read", "write"}
