package queue

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// postgresQueue is the queue in PostgreSQL, for many nodes.
type postgresQueue struct{ client *river.Client[pgx.Tx] }

func onPostgres(pool *pgxpool.Pool, config *river.Config) (client, database, error) {
	c, err := river.NewClient(riverpgxv5.New(pool), config)
	return c, postgresQueue{c}, err
}

// notify wakes the listening workers of all nodes with the commit. River's own
// notifications leave out a job that is made within the cooldown of another.
const notify = `SELECT pg_notify(current_schema() || '.river_insert', $1)`

// insert implements database.
func (q postgresQueue) insert(ctx context.Context, tx any, params []river.InsertManyParams, due, bulky bool) error {
	own, ok := tx.(pgx.Tx)
	if !ok {
		return fmt.Errorf("queue: %T is no transaction of PostgreSQL", tx)
	}
	if _, err := q.client.InsertManyFastTx(ctx, own, params); err != nil {
		return err
	}
	for name, tell := range map[string]bool{river.QueueDefault: due, bulk: bulky} {
		if !tell {
			continue
		}
		if _, err := own.Exec(ctx, notify, insertedInto(name).Payload); err != nil {
			return err
		}
	}
	return nil
}

// wake implements database: the commit has woken them.
func (postgresQueue) wake() {}
