//go:build unix

package grafana_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/grafana"
	"github.com/cachier-go/cachier/internal/testserver"
)

// types imports Grafana's own. JSON has texts where they have enumerations.
const types = `
import type { Dashboard } from '@grafana/schema';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type JSONOf<T> =
  unknown extends T ? T :
  T extends string ? ` + "`${T}`" + ` :
  T extends number | boolean | null | undefined ? T :
  T extends Array<infer U> ? Array<JSONOf<U>> :
  T extends object ? { [K in keyof T]: JSONOf<T[K]> } : T;

// The check itself finds what is wrong.
// @ts-expect-error: there is no such field
({ schemaVersion: 39, titel: 'Caches' }) satisfies JSONOf<Dashboard>;
// @ts-expect-error: nor such a mode
({ schemaVersion: 39, panels: [{ type: 'stat', fieldConfig: { defaults: { color: { mode: 'rainbow' } }, overrides: [] } }] }) satisfies JSONOf<Dashboard>;
// @ts-expect-error: nor such a legend
({ legend: { calcs: [], placement: 'left', showLegend: true }, tooltip: { mode: 'multi', sort: 'desc' } }) satisfies JSONOf<timeseries.Options>;
`

// optionsOf are the types of a panel's options and of its fields' settings, by kind.
var optionsOf = map[string][2]string{
	"stat":           {"stat.Options", "Record<string, never>"},
	"table":          {"table.Options", "table.FieldConfig"},
	"state-timeline": {"timeline.Options", "timeline.FieldConfig"},
	"timeseries":     {"timeseries.Options", "timeseries.FieldConfig"},
}

// TestSchema has TypeScript hold the dashboard, and the options of each panel, against
// the types that Grafana itself is written with.
func TestSchema(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(types)
	for _, classic := range []bool{false, true} {
		text := written(t, grafana.Options{Classic: classic})
		fmt.Fprintf(&b, "(%s) satisfies JSONOf<Dashboard>;\n", text)
		var d struct {
			Panels []struct {
				Type        string
				Options     json.RawMessage
				FieldConfig struct {
					Defaults struct{ Custom json.RawMessage }
				}
			}
		}
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		for _, p := range d.Panels {
			if p.Type == "row" {
				continue
			}
			of, ok := optionsOf[p.Type]
			if !ok {
				t.Fatalf("no types are known of a panel of type %s", p.Type)
			}
			fmt.Fprintf(&b, "(%s) satisfies JSONOf<%s>;\n", p.Options, of[0])
			if p.FieldConfig.Defaults.Custom != nil {
				fmt.Fprintf(&b, "(%s) satisfies JSONOf<%s>;\n", p.FieldConfig.Defaults.Custom, of[1])
			}
		}
	}
	if complaints := testserver.TypeScript(t, b.Bytes()); complaints != "" {
		t.Error(complaints)
	}
}
