-- What staff did. Lines are only added, one after another, while the log's lock is held; the oldest leave in the end.

create table audit (
    seq bigint primary key,
    document json not null
);
