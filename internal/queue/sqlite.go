package queue

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// sqliteQueue is the queue in SQLite.
type sqliteQueue struct {
	client *river.Client[*sql.Tx]
	driver *wakingDriver
	// bulky: bulk jobs were inserted for which nobody was woken. Looking for them
	// after each commit would occupy the only writing connection.
	bulky atomic.Bool
}

func onSQLite(db *sql.DB, config *river.Config) (client, database, error) {
	driver := newWakingDriver(db)
	c, err := river.NewClient(driver, config)
	return c, &sqliteQueue{client: c, driver: driver}, err
}

// insert implements database.
func (q *sqliteQueue) insert(ctx context.Context, tx any, params []river.InsertManyParams, _, bulky bool) error {
	own, ok := tx.(*sql.Tx)
	if !ok {
		return fmt.Errorf("queue: %T is no transaction of SQLite", tx)
	}
	if bulky {
		q.bulky.Store(true)
	}
	_, err := q.client.InsertManyFastTx(ctx, own, params)
	return err
}

// wake implements database.
func (q *sqliteQueue) wake() {
	q.driver.wake(river.QueueDefault)
	if q.bulky.Swap(false) {
		q.driver.wake(bulk)
	}
}

// wakingDriver is River's driver for SQLite, with a listener that is woken from
// within the process. River's own polls for notifications every 50 ms, and misses a
// job that is made within the cooldown of another. Woken after each commit with
// jobs, workers start in under 2 ms.
type wakingDriver struct {
	*riversqlite.Driver
	woken map[string]chan struct{} // by queue
}

func newWakingDriver(db *sql.DB) *wakingDriver {
	woken := map[string]chan struct{}{river.QueueDefault: make(chan struct{}, 1), bulk: make(chan struct{}, 1)}
	return &wakingDriver{Driver: riversqlite.New(db), woken: woken}
}

// wake never blocks: one pending wake-up is enough.
func (d *wakingDriver) wake(queue string) {
	select {
	case d.woken[queue] <- struct{}{}:
	default:
	}
}

// GetListener implements riverdriver.Driver.
func (d *wakingDriver) GetListener(params *riverdriver.GetListenenerParams) riverdriver.Listener {
	return &wakingListener{schema: params.Schema, woken: d.woken}
}

// wakingListener reports inserted jobs whenever it is woken. A SQLite database has
// only one process, so there are no other notifications.
type wakingListener struct {
	schema string
	woken  map[string]chan struct{}

	mu     sync.Mutex
	closed chan struct{}
}

// insertedInto is the notification that River's workers on a queue wait for.
func insertedInto(queue string) *riverdriver.Notification {
	return &riverdriver.Notification{Topic: "river_insert", Payload: `{"queue":"` + queue + `"}`}
}

// Connect implements riverdriver.Listener.
func (l *wakingListener) Connect(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = make(chan struct{})
	return nil
}

// Close implements riverdriver.Listener.
func (l *wakingListener) Close(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed != nil {
		close(l.closed)
		l.closed = nil
	}
	return nil
}

// Listen implements riverdriver.Listener.
func (l *wakingListener) Listen(context.Context, string) error { return nil }

// Unlisten implements riverdriver.Listener.
func (l *wakingListener) Unlisten(context.Context, string) error { return nil }

// Ping implements riverdriver.Listener.
func (l *wakingListener) Ping(context.Context) error { return nil }

// Schema implements riverdriver.Listener.
func (l *wakingListener) Schema() string { return l.schema }

// SetAfterConnectExec implements riverdriver.Listener.
func (l *wakingListener) SetAfterConnectExec(string) {}

// WaitForNotification implements riverdriver.Listener.
func (l *wakingListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	l.mu.Lock()
	closed := l.closed
	l.mu.Unlock()
	select {
	case <-l.woken[river.QueueDefault]:
		return insertedInto(river.QueueDefault), nil
	case <-l.woken[bulk]:
		return insertedInto(bulk), nil
	case <-closed:
		return nil, sql.ErrConnDone
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
