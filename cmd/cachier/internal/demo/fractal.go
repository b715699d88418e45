package demo

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
)

// tile names a square of the Mandelbrot set: at zoom z the plane is cut into
// 2^z by 2^z of them.
type tile struct{ Zoom, X, Y int }

const (
	tileSide  = 64  // pixels
	tileSteps = 300 // after which a point counts as inside
)

// drawTile computes a tile and returns it as PNG. It is pure and expensive:
// some milliseconds, most of them for tiles at the edge of the set.
func drawTile(ctx context.Context, t tile) ([]byte, error) {
	img := image.NewPaletted(image.Rect(0, 0, tileSide, tileSide), shades)
	side := 3.0 / float64(int(1)<<t.Zoom) // the set lies within -2.25..0.75 and -1.5..1.5
	for y := range tileSide {
		if err := ctx.Err(); err != nil {
			return nil, err // nobody waits for it any more
		}
		for x := range tileSide {
			c := complex(
				-2.25+side*(float64(t.X)+float64(x)/tileSide),
				-1.5+side*(float64(t.Y)+float64(y)/tileSide),
			)
			img.SetColorIndex(x, y, uint8(escape(c)*(len(shades)-1)/tileSteps))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// escape counts the steps until z = z² + c leaves the circle of radius 2.
func escape(c complex128) int {
	var z complex128
	for n := range tileSteps {
		if re, im := real(z), imag(z); re*re+im*im > 4 {
			return n
		}
		z = z*z + c
	}
	return tileSteps
}

var shades = func() color.Palette {
	p := make(color.Palette, 64)
	for i := range p {
		p[i] = color.RGBA{uint8(4 * i), uint8(2 * i), uint8(255 - 3*i), 255}
	}
	return p
}()

const tileZoom = 5

// tileAt numbers the tiles of one zoom.
func tileAt(i int) tile {
	const row = 1 << tileZoom
	return tile{tileZoom, i % row, i / row % row}
}
