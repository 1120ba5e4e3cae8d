internal import PluginKit

/// The manual of ``WebProcesses``.
enum WebManual {
  static let text = Manual(
    "the process trees of web servers",
    details: """
      Servers are found in /proc by what they are: apache (apache2, httpd), nginx, lighttpd, php-fpm of
      any version, uhttpd; the name of a process and, where it may be seen, its program have to agree.
      Others are named: env.names by their program, env.regex_NAME by their command line. A master is
      a process whose parent is of another program; those of its program below it are its children,
      all others below it are told apart. Several of a kind are added up, those in containers too. One
      look at /proc serves processes, threads and proc_pri as well.

      Memory is PSS (/proc/PID/smaps_rollup, Linux 4.14), read for env.smaps_most processes, the largest
      first; for the rest it follows from their resident size. Only root and the owner may read it. For
      anybody else it is an estimate, and the field's info says so: what each process has of its own,
      and the largest shared part. Resident sizes are never added up: for servers that fork the sum is
      4 to 8 times too large.

      Processor time counts children that have ended too, as soon as the master has waited for them.
      A server that was seen once stays: when it is gone, up is 0 and all else unknown, until it is named
      in env.ignore. What was seen is kept in the folder of plugins' state, file web_processes. While
      others' processes are hidden (hidepid) everything is unknown, not 0.

      What workers do is only known to the servers themselves. They are asked when env.status_NAME says
      where: apache by server-status?auto, nginx by stub_status, php-fpm by its status page over FastCGI;
      nothing is asked otherwise. Names of hosts are not looked up; an answer may take 3 seconds.

      Reasons for the limits: no master (up below 1) is an outage. Apache and nginx without children
      answer nobody; php-fpm may start them on demand, lighttpd has none. Memory beyond 60 % of the
      machine's leaves too little for the cache and for peaks; beyond 80 % the next peak ends with the
      kernel killing the largest process. Swap of 100 MiB makes requests wait for a disk. Ten processes
      that wait for a disk at once mean that storage is slow; five zombies, that the master does not do
      its work. 0.01 restarts per second are three in five minutes: something starts a server that dies
      again and again. Five children started per second for minutes do nothing but start and die.
      A process with 80 % of its open files will soon refuse connections. No idle worker means that
      requests wait; so does a queue of more than five in php-fpm.
      """,
    settings: [
      .init(
        "names", as: .list(), default: "those found",
        "servers to look for, and to miss: kinds or programs"),
      .init("ignore", as: .list(), default: "none", "servers to leave out"),
      .init(
        "regex_NAME", as: .pattern, default: "none", "a server by a pattern over its command line"),
      .init(
        "smaps_most", as: .whole(0...100_000), default: "64",
        "processes whose memory is read exactly; 0: estimates only"),
      .init(
        "status_NAME",
        as: .form(
          "http://ADDRESS[:PORT]/PATH, fcgi://ADDRESS:PORT[/PATH] or fcgi:/SOCKET[:/PATH]"
        ) { text in
          text.split(whereSeparator: \.isWhitespace).allSatisfy {
            StatusAddress(String($0)) != nil
          }
        }, default: "not asked", "status pages, several with blanks between them"),
      .thresholds(
        "FIELD", as: .rangeOrShare, default: "see above",
        "thresholds for all servers; of memory also in % of the machine's"),
      .thresholds(
        "NAME_FIELD", as: .rangeOrShare, default: "those without NAME_",
        "thresholds for one server"),
    ],
    fields: [
      ("NAME_processes", "all processes of a server"),
      ("NAME_up", "1 when there is a master, 0 when not; critical below 1"),
      ("NAME_memory, POOL_memory", "bytes: PSS or an estimate; warning 60 %, critical 80 % of all"),
      ("NAME_cpu", "percent of a processor"), ("masters", "processes that started the others"),
      ("children", "processes of the same program; critical below 1 for apache and nginx"),
      ("others", "processes of other programs below: CGI, loggers, shells"),
      ("retiring", "nginx: children that only finish what they have begun, after a reload"),
      (
        "running, sleeping, uninterruptible, stopped, zombie",
        "processes by state; warning above 10 uninterruptible, 5 zombie"
      ),
      ("private", "bytes that belong to one process alone"),
      ("shared", "bytes that several share, each page once"),
      ("swap", "bytes in swap; warning 100 MiB"), ("largest", "bytes of the largest process"),
      ("user, system", "percent of a processor, in programs and in the kernel"),
      ("age", "days since the youngest master started"),
      ("oldest, median", "days since the oldest child started, and one in the middle"),
      ("spawned, gone", "children started and ended per second; warning above 5 spawned"),
      ("restarts", "masters started after the first, per second; warning 0.01"),
      ("threads", "threads of all processes"),
      ("files", "open files and sockets, where they may be seen"),
      ("fullest", "percent of its limit, of the process with the most; warning 80, critical 95"),
      ("busy, idle, free", "workers by what they do; warning when apache has none idle"),
      ("reading, writing, waiting", "nginx: connections by what they do"),
      ("queue", "php-fpm: requests that nobody has taken; warning above 5"),
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
