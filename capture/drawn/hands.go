package drawn

import (
	"studio/media/picture"
)

func newHands(size picture.Size, rasterize Rasterizer) (scene, error) {
	return newWheel(size, rasterize)
}
func newKiln(size picture.Size, rasterize Rasterizer) (scene, error) {
	return newWheel(size, rasterize)
}
