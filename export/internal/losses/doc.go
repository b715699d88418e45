// Package losses is how exporters account for what they could not send.
package losses
