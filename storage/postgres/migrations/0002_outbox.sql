-- The outbox. Rows stand in lines: one line per address (and per ticket, for cards), and per announcement within it, so
-- that a paused one can be stepped over. A line knows its head, the row that leaves next, so that a claim looks at
-- lines whose head is due and at nothing else. Everything about the rows of a line changes while the line is locked.

create table lines (
    id bigint generated always as identity primary key,
    channel text collate "C" not null,
    key text collate "C" not null,
    ticket bigint not null,  -- 0: messages to the address itself
    broadcast text collate "C" not null,  -- '': no announcement
    head text collate "C",
    lane smallint,
    place bigint,
    due timestamptz,
    created timestamptz,
    lease timestamptz,
    unique (channel, key, ticket, broadcast)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
create index lines_due on lines (lane, due, head);
create index lines_of_door on lines (channel, due) where lease is null;
create index lines_leased on lines (lease) where lease is not null;
create index lines_created on lines (created);

create sequence places;

create table outbox (
    id text collate "C" primary key,
    line bigint not null,
    place bigint not null default nextval('places'),  -- the order within the line: that of the commits
    lane smallint not null,
    due timestamptz not null,
    created timestamptz not null,
    attempts integer not null,
    unsure boolean not null,
    lease timestamptz,
    holder text,  -- who claimed it; empty again when it was postponed
    delegate text collate "C",
    addressee text collate "C" not null,
    broadcast text collate "C" not null,
    ticket bigint,
    entry integer,
    document json not null
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
create index outbox_line on outbox (line, lane, place);
create index outbox_place on outbox (place);
create index outbox_delegate on outbox (delegate) where delegate is not null;
create index outbox_addressee on outbox (addressee);
create index outbox_broadcast on outbox (broadcast) where broadcast <> '';
create index outbox_holder on outbox (holder) where holder is not null;
create index outbox_ticket on outbox (ticket) where ticket is not null;

-- After rows of these lines came, went or changed: who is first now? The lines are locked by the caller.
create function refresh_lines(touched bigint[]) returns void language plpgsql as $$
begin
    delete from lines l where l.id = any (touched) and not exists (select from outbox o where o.line = l.id);
    update lines l
    set head = h.id, lane = h.lane, place = h.place, due = h.due, created = h.created, lease = h.lease
    from unnest(touched) t (id)
    cross join lateral (
        select o.* from outbox o where o.line = t.id order by o.lane, o.place limit 1
    ) h
    where l.id = t.id;
end $$;

-- Lines are locked in the order of their names, by everybody, so that nobody waits in a circle.
create function lock_lines(wanted bigint[]) returns void language plpgsql as $$
begin
    perform 1 from lines l where l.id = any (wanted)
    order by l.channel, l.key, l.ticket, l.broadcast for update;
end $$;

-- New rows, in their order; a known id is left as it is.
create function put_rows(
    ids text[], channels text[], keys text[], cards bigint[], broadcasts text[], lanes smallint[], dues timestamptz[],
    createds timestamptz[], tries integer[], doubts boolean[], delegates text[], tickets bigint[], entries integer[],
    documents json[]
) returns void language plpgsql as $$
declare
    touched bigint[];
begin
    -- An upsert that changes nothing locks a line that is there, and waits for one that is just being made or removed.
    with locked as (
        insert into lines as l (channel, key, ticket, broadcast)
        select distinct n.channel, n.key, n.card, n.broadcast
        from unnest(channels, keys, cards, broadcasts) n (channel, key, card, broadcast)
        order by 1, 2, 3, 4
        on conflict (channel, key, ticket, broadcast) do update set channel = excluded.channel
        returning l.id
    )
    select array_agg(locked.id) into touched from locked;
    insert into outbox (
        id, line, lane, due, created, attempts, unsure, delegate, addressee, broadcast, ticket, entry, document
    )
    select n.id, l.id, n.lane, n.due, n.created, n.tries, n.doubt, n.delegate, n.channel || ':' || n.key, n.broadcast,
        n.ticket, n.entry, n.document
    from unnest(
        ids, channels, keys, cards, broadcasts, lanes, dues, createds, tries, doubts, delegates, tickets, entries,
        documents
    ) with ordinality n (
        id, channel, key, card, broadcast, lane, due, created, tries, doubt, delegate, ticket, entry, document, turn
    )
    join lines l on l.channel = n.channel and l.key = n.key and l.ticket = n.card and l.broadcast = n.broadcast
    order by n.turn
    on conflict (id) do nothing;
    perform refresh_lines(touched);
end $$;

-- Takes rows that are due, urgent lanes first. The lines are locked in one statement and their rows read in the next:
-- a row read by the statement that locks would be seen as it was before the lock was had, and be sent twice.
-- A row from the future means that the clock was set back since; waiting for that time again would be absurd.
-- Of the lines of one address (announcements stand in lines of their own) only the first may be taken. That is asked
-- with "limit 1" and not with "exists", which would be planned as a join with all lines.
create function claim_rows(
    most integer, at timestamptz, lease_until timestamptz, by text, doors text[], paused text[]
) returns table (document text, due timestamptz, attempts integer, unsure boolean)
language plpgsql
-- Else a plan made while the table was small would read all lines when there are a hundred thousand.
set enable_seqscan = off set enable_bitmapscan = off
as $$
#variable_conflict use_column
declare
    taken bigint[] := '{}';
    more bigint[];
    skewed boolean := exists (select from lines l where l.created > at);
begin
    for urgency in 0..3 loop
        exit when cardinality(taken) >= most;
        with free as (
            select l.id from lines l
            where l.lane = urgency and l.due <= at and (l.lease is null or l.lease <= at)
                and (doors is null or l.channel = any (doors)) and l.broadcast <> all (paused)
                and (
                    select true from lines o
                    where o.channel = l.channel and o.key = l.key and o.ticket = l.ticket
                        and o.broadcast <> l.broadcast and o.broadcast <> all (paused)
                        and (o.lane, o.place) < (l.lane, l.place)
                    limit 1
                ) is null
            order by l.due, l.head
            limit most - cardinality(taken)
            for update skip locked
        )
        select array_agg(free.id) into more from free;
        taken := taken || coalesce(more, '{}');
        continue when not skewed or cardinality(taken) >= most;
        with future as materialized (select l.id from lines l where l.created > at),
        free as (
            select l.id from future f join lines l on l.id = f.id
            where l.created > at and l.due > at and l.lane = urgency and (l.lease is null or l.lease <= at)
                and (doors is null or l.channel = any (doors)) and l.broadcast <> all (paused)
                and (
                    select true from lines o
                    where o.channel = l.channel and o.key = l.key and o.ticket = l.ticket
                        and o.broadcast <> l.broadcast and o.broadcast <> all (paused)
                        and (o.lane, o.place) < (l.lane, l.place)
                    limit 1
                ) is null
            order by l.due, l.head
            limit most - cardinality(taken)
            for update of l skip locked
        )
        select array_agg(free.id) into more from free;
        taken := taken || coalesce(more, '{}');
    end loop;
    if cardinality(taken) = 0 then
        return;
    end if;
    update outbox o set lease = lease_until, holder = by from lines l where l.id = any (taken) and o.id = l.head;
    update lines l set lease = lease_until where l.id = any (taken);
    return query
        select o.document::text, o.due, o.attempts, o.unsure
        from lines l join outbox o on o.id = l.head
        where l.id = any (taken)
        order by l.lane, l.due, l.head;
end $$;

-- When the next row can be claimed.
create function next_due(doors text[], paused text[]) returns timestamptz language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
as $$
declare
    found_due timestamptz;
    earliest timestamptz;
    door text;
begin
    select min(greatest(l.due, l.lease)) into earliest from lines l
    where l.lease is not null and (doors is null or l.channel = any (doors)) and l.broadcast <> all (paused)
        and (
            select true from lines o
            where o.channel = l.channel and o.key = l.key and o.ticket = l.ticket
                and o.broadcast <> l.broadcast and o.broadcast <> all (paused)
                and (o.lane, o.place) < (l.lane, l.place)
            limit 1
        ) is null;
    if doors is null then
        for urgency in 0..3 loop
            select l.due into found_due from lines l
            where l.lane = urgency and l.lease is null and l.broadcast <> all (paused)
                and (
                    select true from lines o
                    where o.channel = l.channel and o.key = l.key and o.ticket = l.ticket
                        and o.broadcast <> l.broadcast and o.broadcast <> all (paused)
                        and (o.lane, o.place) < (l.lane, l.place)
                    limit 1
                ) is null
            order by l.due, l.head limit 1;
            earliest := least(earliest, found_due);
        end loop;
    else
        foreach door in array doors loop
            select l.due into found_due from lines l
            where l.channel = door and l.lease is null and l.broadcast <> all (paused)
                and (
                    select true from lines o
                    where o.channel = l.channel and o.key = l.key and o.ticket = l.ticket
                        and o.broadcast <> l.broadcast and o.broadcast <> all (paused)
                        and (o.lane, o.place) < (l.lane, l.place)
                    limit 1
                ) is null
            order by l.due limit 1;
            earliest := least(earliest, found_due);
        end loop;
    end if;
    return earliest;
end $$;

-- A row leaves, unless somebody else holds it now.
create function remove_row(which text, mine text) returns void language plpgsql as $$
declare
    stood bigint;
begin
    select o.line into stood from outbox o where o.id = which;
    if not found then
        return;
    end if;
    perform lock_lines(array[stood]);
    delete from outbox o where o.id = which and o.line = stood and (o.holder is null or o.holder = mine);
    if not found and exists (select from outbox o where o.id = which) then
        raise exception 'the lease has passed to somebody else' using errcode = 'DK002';
    end if;
    perform refresh_lines(array[stood]);
end $$;

create function postpone_row(which text, mine text, later timestamptz, doubt boolean) returns void
language plpgsql as $$
declare
    stood bigint;
begin
    select o.line into stood from outbox o where o.id = which;
    if not found then
        return;
    end if;
    perform lock_lines(array[stood]);
    update outbox o
    set due = later, attempts = o.attempts + 1, unsure = o.unsure or doubt, lease = null, holder = null
    where o.id = which and o.line = stood and (o.holder is null or o.holder = mine);
    perform refresh_lines(array[stood]);
end $$;

-- Rows leave, whoever holds them; erasure does not wait for a lease.
create function drop_rows(which text[]) returns void language plpgsql as $$
declare
    stood bigint[];
begin
    select array_agg(distinct o.line) into stood from outbox o where o.id = any (which);
    perform lock_lines(stood);
    delete from outbox o where o.id = any (which) and o.line = any (stood);
    perform refresh_lines(stood);
end $$;

-- The rows of an announcement that nobody has claimed leave.
create function withdraw_rows(which text) returns integer language plpgsql as $$
declare
    stood bigint[];
    gone integer;
begin
    select array_agg(l.id) into stood from lines l where l.broadcast = which;
    perform lock_lines(stood);
    delete from outbox o where o.broadcast = which and o.lease is null and o.line = any (stood);
    get diagnostics gone = row_count;
    perform refresh_lines(stood);
    return gone;
end $$;

-- A store that closes gives back what it held, so that nobody need wait for its leases to end.
create function release_rows(mine text) returns void language plpgsql as $$
declare
    stood bigint[];
begin
    select array_agg(distinct o.line) into stood from outbox o where o.holder = mine;
    perform lock_lines(stood);
    update outbox o set lease = null, holder = null where o.holder = mine and o.line = any (stood);
    perform refresh_lines(stood);
end $$;
