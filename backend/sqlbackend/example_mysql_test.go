package sqlbackend_test

import (
	"database/sql"
	"fmt"
	"log"

	_ "github.com/go-sql-driver/mysql"

	"github.com/cachier-go/cachier/backend/sqlbackend"
)

// MySQL or MariaDB. A driver that wraps another one, to trace it for example,
// hides which it is: then the dialect is to be said.
func ExampleNew_mySQL() {
	db, err := sql.Open("mysql", "app@tcp(db.example)/app?timeout=2s")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)

	store, err := sqlbackend.New(db, &sqlbackend.Options{Dialect: sqlbackend.MySQL})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	fmt.Println(store.Kind())
	// Output: sql
}
