-- A partition holds a day of what clients say when a call was made. A call that is
-- sent twice says the same both times, so both land in the same partition, where
-- the primary key lets one in.
CREATE TABLE events (
    message_id  text COLLATE "C" NOT NULL,
    day         date NOT NULL,
    "timestamp" timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    type        text NOT NULL,
    name        text,
    person      text NOT NULL,
    message     jsonb NOT NULL,
    PRIMARY KEY (message_id, day)
) PARTITION BY RANGE (day);

COMMENT ON COLUMN events."timestamp" IS 'when it happened, the client''s wrong clock set right';
COMMENT ON COLUMN events.name IS 'the event of a track call, the name of a page or screen';
COMMENT ON COLUMN events.person IS 'userId, or anonymousId where there is none';
COMMENT ON COLUMN events.message IS 'all of it, as it was published';

CREATE INDEX events_person ON events (person, "timestamp");
CREATE INDEX events_timestamp ON events USING brin ("timestamp");

-- Where the next batch begins. It changes in the same transaction as the events, so
-- it is the truth; what Kafka is told of offsets is for the eyes of others.
CREATE TABLE positions (
    cluster   text NOT NULL,
    topic     text NOT NULL,
    partition integer NOT NULL,
    next      bigint NOT NULL,
    PRIMARY KEY (cluster, topic, partition)
);
