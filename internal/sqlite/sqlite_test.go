package sqlite

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// make runs SQL in a new database and returns its file.
func makeDB(t testing.TB, sql string) []byte {
	t.Helper()
	program, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("sqlite3 is not installed")
	}
	path := filepath.Join(t.TempDir(), "db")
	cmd := exec.Command(program, path)
	cmd.Stdin = strings.NewReader(sql)
	if out, err := cmd.CombinedOutput(); err != nil || bytes.Contains(out, []byte("rror")) {
		t.Fatalf("sqlite3: %v: %s", err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// read returns the rows of all tables and the errors.
func read(t testing.TB, data []byte) (tables []Table, rows map[string][]Row, errs []error) {
	t.Helper()
	rows = map[string][]Row{}
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, nil, []error{err}
	}
	tables, err = f.Tables()
	if err != nil {
		errs = append(errs, err)
	}
	for _, table := range tables {
		for row, err := range f.Rows(table) {
			if err != nil {
				errs = append(errs, err)
				continue
			}
			rows[table.Name] = append(rows[table.Name], row)
		}
	}
	return tables, rows, errs
}

func TestValues(t *testing.T) {
	for _, encoding := range []string{"UTF-8", "UTF-16le", "UTF-16be"} {
		data := makeDB(t, `PRAGMA encoding = '`+encoding+`';
			CREATE TABLE users(id INTEGER PRIMARY KEY, "full name" TEXT, [x] REAL, blob BLOB, UNIQUE(x));
			CREATE INDEX i ON users("full name");
			INSERT INTO users VALUES (7, 'Zoë 🔑', 1.5, x'00ff');
			INSERT INTO users VALUES (-3, NULL, 0, 1), (300, '', -1, -70000), (5000000000, 'b', 1, 5000000000000);`)
		tables, rows, errs := read(t, data)
		if len(errs) > 0 || len(tables) != 1 {
			t.Fatalf("%s: %v, %v", encoding, tables, errs)
		}
		if want := []string{"id", "full name", "x", "blob"}; !reflect.DeepEqual(tables[0].Columns, want) {
			t.Errorf("columns %q", tables[0].Columns)
		}
		want := []Row{
			{-3, []any{nil, nil, int64(0), int64(1)}},
			{7, []any{nil, "Zoë 🔑", 1.5, []byte{0, 0xff}}},
			{300, []any{nil, "", int64(-1), int64(-70000)}},
			{5000000000, []any{nil, "b", int64(1), int64(5000000000000)}},
		}
		if !reflect.DeepEqual(rows["users"], want) {
			t.Errorf("%s: %v, want %v", encoding, rows["users"], want)
		}
	}
}

// TestLarge has trees of several levels, and rows of all sizes around those at which they overflow.
func TestLarge(t *testing.T) {
	for _, pageSize := range []int{512, 4096, 65536} {
		data := makeDB(t, fmt.Sprintf(`PRAGMA page_size = %d;
			CREATE TABLE t(a TEXT);
			WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i < 2999)
			INSERT INTO t SELECT printf('%%0*d', 1 + (i*7) %% 2500, i) FROM n;
			INSERT INTO t VALUES (printf('%%0200000d', 5));
			CREATE TABLE w(k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID;
			INSERT INTO w SELECT printf('%%05d', rowid), a FROM t;`, pageSize))
		_, rows, errs := read(t, data)
		if len(errs) > 0 || len(rows["t"]) != 3001 || len(rows["w"]) != 3001 {
			t.Fatalf("pages of %d: %d and %d rows, %v", pageSize, len(rows["t"]), len(rows["w"]), errs)
		}
		for i := range 3000 {
			want := fmt.Sprintf("%0*d", 1+(i*7)%2500, i)
			if row := rows["t"][i]; row.ID != int64(i+1) || row.Values[0] != want {
				t.Fatalf("pages of %d: row %d is %d, %.40v", pageSize, i+1, row.ID, row.Values)
			}
			if row := rows["w"][i]; row.Values[0] != fmt.Sprintf("%05d", i+1) || row.Values[1] != want {
				t.Fatalf("pages of %d: row %d without id is %.40v", pageSize, i+1, row.Values)
			}
		}
		if got := rows["t"][3000].Values[0].(string); len(got) != 200000 || !strings.HasSuffix(got, "0005") {
			t.Errorf("the large row has %d bytes", len(got))
		}
	}
}

func TestFreePages(t *testing.T) {
	data := makeDB(t, `PRAGMA secure_delete = 0; CREATE TABLE gone(a TEXT);
		WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i < 999)
		INSERT INTO gone SELECT 'deleted value ' || i FROM n;
		CREATE TABLE kept(a); DROP TABLE gone;`)
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for page, err := range f.FreePages() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
	}
	if !bytes.Contains(all, []byte("deleted value 500")) {
		t.Errorf("not in %d bytes of free pages", len(all))
	}
}

func TestAddedColumnsAndVirtualTables(t *testing.T) {
	data := makeDB(t, `CREATE TABLE t(a); INSERT INTO t VALUES (1); ALTER TABLE t ADD COLUMN b DEFAULT 5;
		CREATE VIEW v AS SELECT a FROM t; CREATE VIRTUAL TABLE s USING fts4(body); INSERT INTO s VALUES ('some words');`)
	tables, rows, errs := read(t, data)
	if len(errs) > 0 || len(rows["t"]) != 1 || len(rows["t"][0].Values) != 1 {
		t.Errorf("%v, %v", rows, errs)
	}
	for _, table := range tables {
		if table.Name == "s" || table.Name == "v" {
			t.Errorf("%s is no table of rows", table.Name)
		}
	}
	if len(rows["s_content"]) != 1 || rows["s_content"][0].Values[1] != "some words" {
		t.Errorf("content of the virtual table: %v", rows["s_content"])
	}
}

func TestColumns(t *testing.T) {
	for sql, want := range map[string][]string{
		`CREATE TABLE t(a, b)`: {"a", "b"},
		`CREATE TABLE "x(y" ("a b" TEXT, 'c' VARCHAR(10, 2) DEFAULT (1+(2)), [d,] INT, ` + "`e``f`" + `)`:          {"a b", "c", "d,", "e`f"},
		"CREATE TABLE t(a -- the first, one\n, b /* two, */ TEXT, CHECK (a > b), FOREIGN KEY (a) REFERENCES u(x))": {"a", "b"},
		`CREATE TABLE t(a, b, c, PRIMARY KEY (c, b DESC)) WITHOUT ROWID`:                                           {"c", "b", "a"},
		`CREATE TABLE t(a, B PRIMARY KEY) STRICT, WITHOUT ROWID`:                                                   {"B", "a"},
		`CREATE TABLE t(a, b PRIMARY KEY)`:                                                                         {"a", "b"},
		`CREATE TABLE t("constraint" TEXT, x)`:                                                                     {"constraint", "x"},
		``:                                                                                                         nil, `CREATE TABLE`: nil, `CREATE TABLE t AS SELECT (1)`: nil,
	} {
		if got := columns(sql); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
}

func TestDamage(t *testing.T) {
	data := makeDB(t, `CREATE TABLE t(a TEXT);
		WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i < 4999)
		INSERT INTO t SELECT printf('row number %d', i) FROM n;`)
	_, rows, errs := read(t, data[:len(data)*3/4])
	if len(errs) == 0 || len(rows["t"]) < 3000 || len(rows["t"]) >= 5000 {
		t.Errorf("cut off: %d rows, %v", len(rows["t"]), errs)
	}

	broken := bytes.Clone(data)
	broken[3*4096] = 99 // the kind of a page
	_, rows, errs = read(t, broken)
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "page 4: of kind 99") || len(rows["t"]) < 4000 {
		t.Errorf("%d rows, %v", len(rows["t"]), errs)
	}

	circle := bytes.Clone(data)
	f, _ := Open(bytes.NewReader(data), int64(len(data)))
	tables, _ := f.Tables()
	root := int64(tables[0].root-1) * f.pageSize
	binary.BigEndian.PutUint32(circle[root+8:], tables[0].root) // the last child is the page itself
	_, _, errs = read(t, circle)
	if len(errs) == 0 || !strings.Contains(errs[len(errs)-1].Error(), "circle") {
		t.Errorf("%v", errs)
	}

	for n := range 100 {
		if _, err := Open(bytes.NewReader(data), int64(n)); err == nil {
			t.Errorf("a header of %d bytes was opened", n)
		}
	}
	for _, change := range []struct {
		at   int
		byte byte
	}{{0, 'x'}, {16, 3}, {20, 255}, {59, 9}} {
		broken := bytes.Clone(data[:512])
		if broken[change.at] = change.byte; change.at == 20 {
			binary.BigEndian.PutUint16(broken[16:], 512)
		}
		if _, err := Open(bytes.NewReader(broken), 512); err == nil {
			t.Errorf("opened with byte %d as %d", change.at, change.byte)
		}
	}
}

// FuzzRead wants that reading ends, without a panic and with no more than a file can hold.
func FuzzRead(f *testing.F) {
	f.Add(makeDB(f, `PRAGMA page_size = 512; CREATE TABLE t(a, b TEXT); INSERT INTO t VALUES (1, 'x'), (x'0102', printf('%02000d', 1));
		CREATE TABLE w(k PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO w VALUES ('a', 1.5); CREATE TABLE gone(a); DROP TABLE gone;`))
	f.Fuzz(func(t *testing.T, data []byte) {
		db, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		tables, _ := db.Tables()
		for _, table := range tables[:min(len(tables), 20)] {
			n := 0
			for range db.Rows(table) {
				if n++; n > len(data)*len(data) {
					t.Fatal("more rows than fit")
				}
			}
		}
		var free int
		for page := range db.FreePages() {
			free += len(page)
		}
		if free > len(data)+int(db.pageSize) {
			t.Errorf("%d bytes of free pages in a file of %d", free, len(data))
		}
	})
}
