-- Duties that one process at a time may have. The clock is the server's, so that no two processes disagree about it.

create table roles (
    role text collate "C" primary key,
    holder text not null,
    until timestamptz not null
) with (fillfactor = 50);

-- The stores that are open, each with the time until which it is surely alive. What a dead one had claimed is given
-- back long before the leases of its rows end.
create table holders (
    holder text primary key,
    until timestamptz not null
) with (fillfactor = 50);

-- I am alive; and, when asked to look, what those who are not had claimed is given back. Returns how many they were.
create function beat(mine text, alive interval, look boolean) returns integer language plpgsql as $$
declare
    dead text[];
    one text;
begin
    insert into holders as h (holder, until) values (mine, clock_timestamp() + alive)
    on conflict (holder) do update set until = excluded.until;
    if not look then
        return 0;
    end if;
    delete from holders h where h.until < clock_timestamp() - interval '1 day';
    select coalesce(array_agg(distinct o.holder), '{}') into dead from outbox o
    where o.holder is not null
        and not exists (select from holders h where h.holder = o.holder and h.until > clock_timestamp());
    foreach one in array dead loop
        perform release_rows(one);
    end loop;
    return cardinality(dead);
end $$;
