package s3fifo

// evict makes room for so much more within the bounds. The caller has the lock.
func (c *Cache[K, V]) evict(entries, weight int64) {
	for c.full(entries, weight) {
		if c.small.weight*10 >= c.small.weight+c.main.weight || c.main.tail == nil {
			c.evictSmall()
		} else {
			c.evictMain()
		}
	}
}

// evictSmall takes the oldest node of the small queue: to the main queue if it
// was hit even once, else out, into the ghost queue.
func (c *Cache[K, V]) evictSmall() {
	n := c.small.tail
	if n.state.mark() > 0 {
		c.small.remove(n, c.cost(n))
		n.state.set(maxMark|queues, main)
		c.main.push(n, c.cost(n))
		return
	}
	g := c.ghosts.Load()
	if g == nil || uint64(c.ghostLength()) > uint64(g.keep)*2 {
		g = newGhost(c.ghostLength())
		c.ghosts.Store(g)
	}
	g.add(n.hash)
	c.drop(n)
}

// evictMain takes the oldest node of the main queue: back to its head, with a
// lower mark, if it was hit since it was last there, else out.
func (c *Cache[K, V]) evictMain() {
	n := c.main.tail
	if mark := n.state.mark(); mark > 0 {
		c.main.remove(n, c.cost(n))
		n.state.set(maxMark, mark-1)
		c.main.push(n, c.cost(n))
		return
	}
	c.drop(n)
}

func (c *Cache[K, V]) drop(n *Node[K, V]) {
	c.unlink(n)
	if c.config.Evicted != nil {
		c.gone.push(n, 0)
	}
}
