-- What is kept, one table per kind of record. A document is the JSON that all stores share; the columns beside it are
-- what is looked up. Type json, not jsonb: people write lone surrogates and NULs, and get back what they wrote.

create table delegates (
    key text collate "C" primary key,
    document json not null
);

create table entries (
    delegate text collate "C" not null,
    seq integer not null,
    ticket bigint,
    document json not null,
    primary key (delegate, seq)
);
create index entries_of_ticket on entries (ticket, delegate, seq) where ticket is not null;

-- Numbers are never given twice, also not that of a ticket whose turn failed or which was erased.
create sequence ticket_numbers;

create table tickets (
    number bigint primary key,
    delegate text collate "C" not null,
    version integer not null,
    open boolean not null,
    document json not null
);
create index tickets_of_delegate on tickets (delegate, number);
create index tickets_open on tickets (number) where open;

create table seen (
    key text collate "C" primary key,
    by text collate "C" not null,
    until timestamptz not null
);
create index seen_until on seen (until);
create index seen_by on seen (by);

create table refs (
    key text collate "C" primary key,
    ticket bigint not null
);
create index refs_of_ticket on refs (ticket);

create table settings (
    key text collate "C" primary key,
    who text collate "C",
    until timestamptz,
    document json not null
);
create index settings_of_delegate on settings (who) where who is not null;
create index settings_until on settings (until) where until is not null;

-- A changed ticket, unless somebody else changed or erased it meanwhile.
create function save_ticket(
    which bigint, read_version integer, new_version integer, is_open boolean, new_document json
) returns void
language plpgsql as $$
begin
    update tickets set version = new_version, open = is_open, document = new_document
    where number = which and version = read_version;
    if not found then
        raise exception 'stale ticket' using errcode = 'DK001';
    end if;
end $$;
