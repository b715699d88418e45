package grafana

// dashboard is the root of the JSON.
type dashboard struct {
	Annotations   annotations `json:"annotations"`
	Description   string      `json:"description"`
	Editable      bool        `json:"editable"`
	GraphTooltip  int         `json:"graphTooltip"` // 1: a crosshair on all panels
	Links         []any       `json:"links"`
	Panels        []*panel    `json:"panels"`
	Refresh       string      `json:"refresh"`
	SchemaVersion int         `json:"schemaVersion"`
	Tags          []string    `json:"tags"`
	Templating    templating  `json:"templating"`
	Time          timeRange   `json:"time"`
	Timezone      string      `json:"timezone"`
	Title         string      `json:"title"`
	UID           string      `json:"uid"`
}

type annotations struct {
	List []any `json:"list"`
}

type timeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type templating struct {
	List []variable `json:"list"`
}

type variable struct {
	AllValue   string     `json:"allValue,omitempty"`
	Current    *option    `json:"current,omitempty"`
	Datasource *reference `json:"datasource,omitempty"`
	IncludeAll bool       `json:"includeAll"`
	Label      string     `json:"label"`
	Multi      bool       `json:"multi"`
	Name       string     `json:"name"`
	Query      any        `json:"query"`
	Refresh    int        `json:"refresh"` // 1: when the dashboard is loaded; 2: with the time range
	Sort       int        `json:"sort"`    // 5: by name
	Type       string     `json:"type"`
}

type option struct {
	Text  any `json:"text"`
	Value any `json:"value"`
}

// labelQuery asks Prometheus for the values of a label.
type labelQuery struct {
	QueryType int    `json:"qryType"` // 1: label values
	Query     string `json:"query"`
	RefID     string `json:"refId"`
}

type reference struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// panel is a panel, or the heading of a row of them.
type panel struct {
	Collapsed       *bool        `json:"collapsed,omitempty"` // of rows alone
	Datasource      *reference   `json:"datasource,omitempty"`
	Description     string       `json:"description,omitempty"`
	FieldConfig     *fieldConfig `json:"fieldConfig,omitempty"`
	GridPos         gridPos      `json:"gridPos"`
	ID              int          `json:"id"`
	Options         any          `json:"options,omitempty"`
	Panels          *[]any       `json:"panels,omitempty"` // of rows alone
	Targets         []target     `json:"targets,omitempty"`
	Title           string       `json:"title"`
	Transformations []transform  `json:"transformations,omitempty"`
	Type            string       `json:"type"`
}

type gridPos struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

// target is a query.
type target struct {
	EditorMode   string `json:"editorMode"`
	Expr         string `json:"expr"`
	Format       string `json:"format"`
	Instant      bool   `json:"instant"`
	LegendFormat string `json:"legendFormat,omitempty"`
	Range        bool   `json:"range"`
	RefID        string `json:"refId"`
}

type transform struct {
	ID      string         `json:"id"`
	Options map[string]any `json:"options"`
}

type fieldConfig struct {
	Defaults  field      `json:"defaults"`
	Overrides []override `json:"overrides"`
}

type field struct {
	Color      color          `json:"color"`
	Custom     map[string]any `json:"custom,omitempty"`
	Mappings   []any          `json:"mappings,omitempty"`
	Max        *float64       `json:"max,omitempty"`
	Min        *float64       `json:"min,omitempty"`
	NoValue    string         `json:"noValue,omitempty"`
	Thresholds *thresholds    `json:"thresholds,omitempty"`
	Unit       string         `json:"unit"`
}

type color struct {
	FixedColor string `json:"fixedColor,omitempty"`
	Mode       string `json:"mode"`
}

type thresholds struct {
	Mode  string `json:"mode"`
	Steps []step `json:"steps"`
}

// step is a colour and where it begins; nil: at the bottom.
type step struct {
	Color string   `json:"color"`
	Value *float64 `json:"value"`
}

type override struct {
	Matcher    matcher    `json:"matcher"`
	Properties []property `json:"properties"`
}

type matcher struct {
	ID      string `json:"id"`
	Options string `json:"options"`
}

type property struct {
	ID    string `json:"id"`
	Value any    `json:"value"`
}
