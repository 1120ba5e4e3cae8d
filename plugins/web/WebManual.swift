internal import PluginKit

/// The manual of ``WebProcesses``.
enum WebManual {
  static let text = Manual(
    "the process trees of web servers",
    details: """
      Servers are found in /proc by their program: apache (apache2, httpd), nginx, lighttpd, php-fpm of
      any version, uhttpd; the name of a process and, where it may be read, its program file must match.
      Others are named: env.names by their program, env.regex_NAME by their command line. A master is
      a process whose parent is of another program; processes of the same program below it are its
      children; other programs below it are counted apart. Several servers of a kind are added up,
      those in containers too. One look at /proc serves processes, threads and proc_pri as well.

      Memory is PSS (/proc/PID/smaps_rollup, Linux 4.14), read for env.smaps_most processes, the largest
      first; for the rest it is estimated from their resident size. Only root and the owner may read it.
      For other users it is an estimate, and the field's info says so: the anonymous memory of each
      process, and the largest shared part. The sum of resident sizes would be 4 to 8 times too large
      for servers that fork.

      CPU time includes that of ended children, as soon as the master has waited for them. A server that
      was seen once stays: when it no longer runs, up is 0 and all other fields are unknown, until it is
      named in env.ignore. This is kept in the folder for plugins' state, file web_processes. While the
      processes of other users are hidden (hidepid) everything is unknown, not 0.

      Only the servers themselves know what their workers do. Their status pages are read where
      env.status_NAME names them, and nothing else is asked: apache's server-status?auto, nginx's
      stub_status, php-fpm's status page over FastCGI. Host names are not looked up. A page may take 3
      seconds; one that takes longer is unknown and not asked again for 10 minutes. A page with an
      invalid address costs only its own fields.

      Reasons for the thresholds: without a master (up below 1) the server is down. Apache and nginx
      without children serve no request; php-fpm may start them on demand, lighttpd has none. Memory
      above 60 % of the machine's leaves too little for the cache and for peaks; above 80 % the kernel
      may kill the largest process at the next peak. Swap of 100 MiB makes requests wait for a disk. Ten
      processes that wait for a disk at once mean slow storage; five zombies mean that the master hangs.
      0.01 restarts per second are three in five minutes: a server that crashes and is started again and
      again. Five children started per second for minutes are children that crash at once. A process
      that uses 80 % of its open files will soon refuse connections. Without idle workers requests wait;
      so they do in a queue of more than five in php-fpm.
      """,
    settings: [
      .init(
        "names", as: .list(), default: "those found",
        "servers to show, down when they do not run: kinds or programs"),
      .init("ignore", as: .list(), default: "none", "servers not to show, and to forget"),
      .init(
        "regex_NAME", as: .pattern, default: "none",
        "a server by a pattern that matches its command line"),
      .init(
        "smaps_most", as: .whole(0...100_000), default: "64",
        "processes whose PSS is read exactly; 0: estimates only"),
      .init(
        "status_NAME",
        as: .form(
          "http://ADDRESS[:PORT]/PATH, fcgi://ADDRESS:PORT[/PATH] or fcgi:/SOCKET[:/PATH]"
        ) { text in
          text.split(whereSeparator: \.isWhitespace).allSatisfy {
            StatusAddress(String($0)) != nil
          }
        }, default: "not asked", "status pages, several with blanks between them"),
      .init(
        names: ["memory", "swap", "private", "shared", "largest"].flatMap {
          ["\($0)_warning", "\($0)_critical", "NAME_\($0)_warning", "NAME_\($0)_critical"]
        }, as: .rangeOrShare, default: "see above",
        "bytes or % of the machine's memory, for all servers or for one",
        check: EnvSetting.bytes),
      .thresholds("FIELD", as: .rangeOrShare, default: "see above", "thresholds for all servers"),
      .thresholds(
        "NAME_FIELD", as: .rangeOrShare, default: "those without NAME_",
        "thresholds for one server"),
    ],
    fields: [
      ("NAME_processes", "all processes of a server"),
      (
        "NAME_up",
        "1 when there is a master, 0 when not (with the words of that in messages); critical below 1"
      ),
      ("NAME_memory, POOL_memory", "bytes: PSS or an estimate; warning 60 %, critical 80 % of all"),
      ("NAME_cpu", "percent of a processor"), ("masters", "processes that started the others"),
      ("children", "processes of the same program; critical below 1 for apache and nginx"),
      ("others", "other programs that the server started: CGI, loggers, shells"),
      ("retiring", "nginx: children that finish their open requests after a reload and then end"),
      (
        "running, sleeping, uninterruptible, stopped, zombie",
        "processes by state; warning above 10 uninterruptible, 5 zombie"
      ),
      ("private", "bytes of pages of one process alone"),
      ("shared", "bytes of shared pages, each once"),
      ("swap", "bytes in swap; warning 100 MiB"), ("largest", "bytes of the largest process"),
      ("user, system", "percent of a processor, in programs and in the kernel"),
      ("age", "days since the youngest master started"),
      ("oldest, median", "days since the oldest and the median child started"),
      ("spawned, gone", "children started and ended per second; warning above 5 spawned"),
      ("restarts", "masters started after the first, per second; warning 0.01"),
      ("threads", "threads of all processes"),
      ("files", "open files and sockets, where they may be read"),
      (
        "fullest",
        "percent of its limit that the process with the most open files uses; warning 80, critical 95"
      ),
      ("busy, idle, free", "workers by state; warning when apache has no idle one"),
      ("reading, writing, waiting", "nginx: connections by state"),
      ("queue", "php-fpm: requests that wait for a process; warning above 5"),
      ("requests", "requests per second"),
    ],
    example: """
      [web_processes]
      user root
      env.names apache nginx php-fpm haproxy
      env.regex_gunicorn gunicorn: (master|worker)
      env.status_apache http://127.0.0.1/server-status?auto
      env.status_php_fpm fcgi:/run/php/php8.2-fpm.sock:/status
      env.nginx_memory_warning 30%
      """)
}
