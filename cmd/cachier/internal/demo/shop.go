package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"

	_ "modernc.org/sqlite" // a database without a server and without cgo
)

// shop is an embedded SQL database of a small shop.
type shop struct{ db *sql.DB }

const (
	shopCategories = 12
	shopMonths     = 24
	shopProducts   = 400
	shopOrders     = 6_000
)

const shopSchema = `
CREATE TABLE product (id INTEGER PRIMARY KEY, category INTEGER NOT NULL, name TEXT NOT NULL, price INTEGER NOT NULL);
CREATE TABLE purchase (id INTEGER PRIMARY KEY, month INTEGER NOT NULL, customer INTEGER NOT NULL);
CREATE TABLE item (purchase INTEGER NOT NULL REFERENCES purchase, product INTEGER NOT NULL REFERENCES product, amount INTEGER NOT NULL);
CREATE INDEX purchase_month ON purchase (month);
CREATE INDEX item_purchase ON item (purchase);`

// openShop makes the database in dir and fills it with the same data each
// time.
func openShop(ctx context.Context, dir string) (*shop, error) {
	// The data is made anew on each start: nothing is lost if the machine
	// fails, so nothing needs to wait for the disk.
	path := (&url.URL{Scheme: "file", Opaque: filepath.ToSlash(filepath.Join(dir, "shop.sqlite"))}).String()
	db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(off)&_pragma=synchronous(off)&_pragma=cache_size(-1024)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(2)
	s := &shop{db}
	if err := s.fill(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("filling the shop's database: %w", err), db.Close())
	}
	return s, nil
}

func (s *shop) fill(ctx context.Context) (err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	if _, err := tx.ExecContext(ctx, shopSchema); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(7, 7))
	product, err := tx.PrepareContext(ctx, "INSERT INTO product (category, name, price) VALUES (?, ?, ?)")
	if err != nil {
		return err
	}
	for i := range shopProducts {
		if _, err := product.ExecContext(ctx, i%shopCategories, fmt.Sprintf("Product %03d", i), 199+random.IntN(20_000)); err != nil {
			return err
		}
	}
	purchase, err := tx.PrepareContext(ctx, "INSERT INTO purchase (id, month, customer) VALUES (?, ?, ?)")
	if err != nil {
		return err
	}
	item, err := tx.PrepareContext(ctx, "INSERT INTO item (purchase, product, amount) VALUES (?, ?, ?)")
	if err != nil {
		return err
	}
	for i := range shopOrders {
		if _, err := purchase.ExecContext(ctx, i, random.IntN(shopMonths), random.IntN(900)); err != nil {
			return err
		}
		for range 1 + random.IntN(3) {
			if _, err := item.ExecContext(ctx, i, 1+random.IntN(shopProducts), 1+random.IntN(4)); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// sales asks for the best-selling products of a category in a month.
type sales struct {
	Category int
	Month    int
}

type bestseller struct {
	Name    string
	Amount  int
	Revenue int // cents
}

// bestsellers is a join over three tables with a sum and an order, as the
// start page of a shop needs it.
func (s *shop) bestsellers(ctx context.Context, k sales) (list []bestseller, err error) {
	rows, err := s.db.QueryContext(ctx, `
		SELECT product.name, sum(item.amount), sum(item.amount * product.price) AS revenue
		FROM purchase JOIN item ON item.purchase = purchase.id JOIN product ON product.id = item.product
		WHERE purchase.month = ? AND product.category = ?
		GROUP BY product.id ORDER BY revenue DESC LIMIT 5`, k.Month, k.Category)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var b bestseller
		if err := rows.Scan(&b.Name, &b.Amount, &b.Revenue); err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, rows.Err()
}

func salesAt(i int) sales { return sales{i % shopCategories, i / shopCategories % shopMonths} }
