#!/usr/bin/env bash
# A real QloApps with its demo hotel on this machine, for as long as a command runs:
#
#     tests/live/qloapps.sh ~/src/QloApps make test-qloapps-live
#
# Needs MariaDB and PHP with mysql, gd, curl, xml, soap, zip, intl and mbstring, and a checkout of QloApps 1.6.1 or later,
# which it copies. Everything lives in a temporary directory, on free loopback ports, and goes when the command ends;
# without a command it prints the variables and stays until Ctrl-C. QLOAPPS_WORKERS: PHP processes (4).
set -euo pipefail

checkout=${1:?usage: qloapps.sh QLOAPPS_DIRECTORY [COMMAND...]}
shift
work=$(mktemp -d)
pids=()
stop() {
    for pid in "${pids[@]}"; do kill -- "-$pid" 2>/dev/null || true; done  # groups: PHP's workers outlive it
    wait
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

free_port() { php -r '$s = stream_socket_server("tcp://127.0.0.1:0"); echo explode(":", stream_socket_get_name($s, false))[1];'; }
sql() { mariadb --no-defaults --socket="$work/sql.sock" -uroot "$@"; }

echo "Copying QloApps, starting MariaDB…" >&2
mkdir "$work/www" && cp -R "$checkout/." "$work/www/"
rm -f "$work/www/config/settings.inc.php"  # of an installation of its own
mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$work/sql" \
    --auth-root-authentication-method=normal >"$work/sql.log" 2>&1
sql_port=$(free_port)
setsid mariadbd --no-defaults --user="$(id -un)" --datadir="$work/sql" --socket="$work/sql.sock" --bind-address=127.0.0.1 \
    --port="$sql_port" --skip-name-resolve --skip-log-bin --innodb-flush-log-at-trx-commit=2 >>"$work/sql.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do sql -e 'select 1' >/dev/null 2>&1 && break; sleep 0.2; done
password=$(php -r 'echo bin2hex(random_bytes(16));')
sql -e "create database qloapps character set utf8; grant all on qloapps.* to qloapps@127.0.0.1 identified by '$password'"

echo "Installing QloApps…" >&2
port=$(free_port)
php -d memory_limit=512M "$work/www/install/index_cli.php" --language=en --country=us --timezone=UTC \
    --domain="127.0.0.1:$port" --db_server="127.0.0.1:$sql_port" --db_user=qloapps --db_password="$password" \
    --db_name=qloapps --email=admin@example.com --password="$password" --newsletter=0 --send_email=0 \
    >"$work/install.log" 2>&1 || true
grep -q 'Installation successfull' "$work/install.log" || { cat "$work/install.log" >&2; exit 1; }

# The webservice on, mail off, and a key with the rights docs/adding-a-pms.md asks for.
key=$(php -r 'echo strtoupper(bin2hex(random_bytes(16)));')
sql qloapps <<SQL
insert into qlo_configuration (name, value, date_add, date_upd) values ('PS_WEBSERVICE', '1', now(), now());
update qlo_configuration set value = '3' where name = 'PS_MAIL_METHOD';
insert into qlo_webservice_account (\`key\`, description, active) values ('$key', 'Hotel Agent', 1);
set @account = last_insert_id();
insert into qlo_webservice_account_shop values (@account, 1);
insert into qlo_webservice_permission (resource, method, id_webservice_account) values
    ('hotel_ari', 'POST', @account), ('order_histories', 'POST', @account), ('orders', 'GET', @account),
    ('bookings', 'POST', @account), ('bookings', 'PUT', @account), ('customers', 'GET', @account),
    ('room_bookings', 'GET', @account), ('room_types', 'GET', @account), ('hotel_room_types', 'GET', @account),
    ('services', 'GET', @account), ('currencies', 'GET', @account);
SQL

# What QloApps' .htaccess does under Apache.
cat >"$work/router.php" <<'PHP'
<?php
if (!preg_match('~^/api/?(.*)$~', parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), $found)) {
    return false;
}
$_GET['url'] = $found[1];
chdir($_SERVER['DOCUMENT_ROOT'] . '/webservice');
require $_SERVER['DOCUMENT_ROOT'] . '/webservice/dispatcher.php';
PHP
PHP_CLI_SERVER_WORKERS=${QLOAPPS_WORKERS:-4} setsid php -d memory_limit=512M -d display_errors=0 \
    -S "127.0.0.1:$port" -t "$work/www" "$work/router.php" >"$work/php.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done

export QLOAPPS_URL="http://127.0.0.1:$port" QLOAPPS_KEY="$key" QLOAPPS_HOTEL=1
echo "QloApps $(php -r "require '$work/www/config/settings.inc.php'; echo _QLOAPPS_VERSION_;") on PHP $(php -r 'echo PHP_VERSION;'):" >&2
echo "export QLOAPPS_URL=$QLOAPPS_URL QLOAPPS_KEY=$QLOAPPS_KEY QLOAPPS_HOTEL=$QLOAPPS_HOTEL"
[ $# -eq 0 ] && wait "${pids[0]}"
"$@"
