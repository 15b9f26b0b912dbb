/** Version 5: the indexes that every record grows hold 8 bytes of its keys instead of 32 (short-key). */
import type { Db } from './database.ts';
import type { Migration } from './migrations.ts';

const narrow = `
  DROP INDEX records_by_id;
  CREATE INDEX records_by_id ON records (substr(id, 1, 8));

  DROP INDEX ledger_by_account;
  CREATE INDEX ledger_by_account ON ledger (substr(account, 1, 8), position);

  DROP INDEX records_by_author;
  CREATE INDEX records_by_author ON records (substr(author, 1, 8), seq) WHERE is_counted = 1;

  DROP INDEX versions_by_object;
  CREATE INDEX versions_by_object ON versions (kind, substr(key, 1, 8), height);
`;

/** Version 5. */
export const migration5: Migration = { version: 5, apply: (db: Db) => void db.exec(narrow) };
