-- What is asked for again and again is found by an index, however many VMs there have been: those that are not destroyed,
-- a page of all, how creations on a release ended, and what retention takes away.
CREATE INDEX vms_live ON vms (host, created DESC, id) WHERE state <> 'destroyed';
CREATE INDEX vms_created ON vms (host, created DESC, id);
CREATE INDEX vms_destroyed ON vms (host, changed) WHERE state = 'destroyed';
DROP INDEX vms_release;
CREATE INDEX vms_outcome ON vms (host, release, outcome, settled);
CREATE INDEX events_at ON events (host, at);
CREATE INDEX desktop_views_ended ON desktop_views (host, ended);

-- Counters that only go up, though the rows that were counted go after their time. kind: 'outcome' (word: how a creation
-- ended) or 'event' (word: the event's kind; release is empty).
CREATE TABLE tallies (
  host    TEXT NOT NULL,
  kind    TEXT NOT NULL,
  release TEXT NOT NULL,
  word    TEXT NOT NULL,
  number  BIGINT NOT NULL,
  PRIMARY KEY (host, kind, release, word)
);
INSERT INTO tallies (host, kind, release, word, number)
  SELECT host, 'outcome', release, outcome, COUNT(*) FROM vms WHERE outcome IS NOT NULL GROUP BY host, release, outcome;
INSERT INTO tallies (host, kind, release, word, number)
  SELECT host, 'event', '', kind, COUNT(*) FROM events GROUP BY host, kind;

-- One value for each table, and one for the schema, by which a damaged store is told from a good one (RowDigests).
CREATE TABLE sums (
  name  TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);
