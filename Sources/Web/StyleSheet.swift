/// How the pages look: quiet surfaces, one accent, colours only where something is not well.
enum StyleSheet {
  static let text: StaticString = """
    :root {
      color-scheme: light dark;
      --ground: #f4f5f7; --card: #ffffff; --ink: #1d2430; --soft: #5a6372; --line: #e1e4ea;
      --link: #1c5fa8; --ok: #1f6f43; --ok-ground: #e4f3ea; --warning: #7a5200;
      --warning-ground: #fdf0d0; --critical: #b3201c; --critical-ground: #fde4e2;
      --unknown: #5b45a0; --unknown-ground: #ece8fa; --picture: none;
      --shadow: 0 1px 2px rgb(20 30 50 / 6%);
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #14171c; --card: #1c2027; --ink: #e3e7ee; --soft: #99a3b3; --line: #2d333d;
        --link: #86b8f0; --ok: #7fd0a0; --ok-ground: #1c3528; --warning: #f0c25c;
        --warning-ground: #3b2f12; --critical: #ff8f88; --critical-ground: #46201f;
        --unknown: #b9a8f2; --unknown-ground: #2d2748;
        --picture: invert(.89) hue-rotate(180deg);
        --shadow: none;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
    body {
      margin: 0; background: var(--ground); color: var(--ink);
      font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
      overflow-wrap: anywhere;
    }
    a { color: var(--link); text-decoration: none; }
    a:hover { text-decoration: underline; }
    :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
    .hidden, .skip:not(:focus) {
      position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
      white-space: nowrap;
    }
    .skip:focus {
      position: absolute; left: 1rem; top: .5rem; background: var(--card); padding: .25rem .75rem;
    }
    .soft { color: var(--soft); }

    .top {
      display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between;
      gap: .25rem 1.5rem; padding: .6rem max(1rem, calc(50vw - 36rem));
      background: var(--card); border-bottom: 1px solid var(--line);
    }
    .top nav { display: flex; flex-wrap: wrap; align-items: center; gap: .1rem .5rem; }
    .brand {
      display: inline-flex; align-items: center; gap: .45rem; color: var(--ink);
      font-weight: 650; letter-spacing: .01em;
    }
    .brand svg { color: var(--link); }
    .slash { color: var(--line); }
    .clock { margin: 0; color: var(--soft); font-size: .85rem; font-variant-numeric: tabular-nums; }
    main { max-width: 72rem; margin: 0 auto; padding: 1.25rem 1rem 2rem; }
    footer {
      max-width: 72rem; margin: 0 auto; padding: 0 1rem 2rem; color: var(--soft); font-size: .85rem;
    }

    h1 { margin: 0 0 .25rem; font-size: 1.6rem; line-height: 1.25; font-weight: 650; }
    h2 { margin: 0 0 .75rem; font-size: 1.1rem; font-weight: 650; }
    h3 { margin: 0 0 .35rem; font-size: 1rem; font-weight: 600; }
    h1 .badge, h3 .badge { vertical-align: middle; }
    h2.group, .category > h2 { margin-top: 1.75rem; }
    h2.group a { color: inherit; }
    .category > h2 { text-transform: capitalize; }
    p { margin: 0 0 .75rem; }
    .summary { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin-bottom: 1.25rem; }
    .info { max-width: 46rem; white-space: pre-line; }

    .badge {
      display: inline-block; padding: .05rem .55rem; border-radius: 99px; font-size: .8rem;
      font-weight: 600; line-height: 1.5; white-space: nowrap;
    }
    .badge.ok { color: var(--ok); background: var(--ok-ground); }
    .badge.warning { color: var(--warning); background: var(--warning-ground); }
    .badge.critical { color: var(--critical); background: var(--critical-ground); }
    .badge.unknown { color: var(--unknown); background: var(--unknown-ground); }
    .badge.none { color: var(--soft); font-weight: 400; }

    .card {
      background: var(--card); border: 1px solid var(--line); border-radius: 10px;
      padding: 1rem; box-shadow: var(--shadow);
    }
    .card + .card { margin-top: 1rem; }

    .problems { margin: 0 0 1.5rem; }
    .findings, .former { margin: 1.5rem 0; }
    .problems ul {
      list-style: none; margin: 0; padding: 0; background: var(--card);
      border: 1px solid var(--line); border-radius: 10px; box-shadow: var(--shadow);
    }
    .problems li {
      display: grid; grid-template-columns: 6.5rem 1fr auto; gap: .25rem 1rem; align-items: baseline;
      padding: .6rem 1rem; border-left: 3px solid transparent;
    }
    .problems li + li { border-top: 1px solid var(--line); }
    .problems li:first-child { border-top-left-radius: 10px; border-top-right-radius: 10px; }
    .problems li:last-child { border-bottom-left-radius: 10px; border-bottom-right-radius: 10px; }
    .problems li.critical { border-left-color: var(--critical); }
    .problems li.warning { border-left-color: var(--warning); }
    .problems li.unknown { border-left-color: var(--unknown); }
    .problems .badge { justify-self: start; }
    .problems .what > span { display: block; color: var(--soft); }
    .since { color: var(--soft); white-space: nowrap; font-variant-numeric: tabular-nums; }

    .nodes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 33rem), 1fr)); gap: 1rem; }
    .nodes .card { margin: 0; }
    .node > p { margin-bottom: .6rem; }
    .trouble { color: var(--unknown); }
    .sparks { display: grid; grid-template-columns: repeat(3, 1fr); gap: .75rem; margin: 0 0 .75rem; }
    .sparks a { display: block; color: var(--soft); font-size: .8rem; line-height: 1.3; }
    .sparks img { width: 100%; height: 40px; object-fit: fill; margin-bottom: .2rem; }
    .sparks span { display: block; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
    .categories { display: grid; grid-template-columns: minmax(5.5rem, auto) 1fr; gap: .3rem 1rem; margin: 0; }
    .categories dt { color: var(--soft); }
    .categories dt a { color: inherit; }
    .categories dd { margin: 0; }
    .chip { display: inline-block; margin-right: .6rem; }
    .chip.warning, .chip.critical, .chip.unknown {
      padding: 0 .5rem; border-radius: 6px; font-weight: 600;
    }
    .chip.warning { color: var(--warning); background: var(--warning-ground); }
    .chip.critical { color: var(--critical); background: var(--critical-ground); }
    .chip.unknown { color: var(--unknown); background: var(--unknown-ground); }
    .index { margin: 1rem 0 0; }
    .parts { margin: .75rem 0 0; color: var(--soft); }

    img { max-width: 100%; height: auto; border-radius: 6px; filter: var(--picture); }
    .pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 31rem), 1fr)); gap: 1rem; }
    .pictures img { display: block; background: #f0f0f0; min-height: 8rem; }

    .alert { max-width: 40rem; margin: 0 auto; }
    .alert h1 { font-size: 1.35rem; }
    .alert .fact { margin: .75rem 0 .1rem; font-size: 1.1rem; font-weight: 600; }
    .alert .done { border-left: 4px solid var(--ok); }
    .alert .picture { display: block; margin: .75rem 0; background: #f0f0f0; }
    .alert form { display: grid; gap: .75rem; }
    .alert label { display: grid; gap: .2rem; font-weight: 600; }
    .alert input, .alert select, .alert button {
      width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit;
      border: 1px solid var(--line); border-radius: 8px; background: var(--ground); color: var(--ink);
    }
    .alert button {
      background: var(--link); border-color: var(--link); color: var(--card); font-weight: 650;
      cursor: pointer;
    }

    .wide { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: .9rem; overflow-wrap: normal; }
    th, td { padding: .45rem .75rem .45rem 0; text-align: left; vertical-align: top; }
    thead th { color: var(--soft); font-weight: 500; border-bottom: 1px solid var(--line); white-space: nowrap; }
    tbody tr + tr > * { border-top: 1px solid var(--line); }
    tbody th { font-weight: 600; }
    td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
    td.number, th.number { padding-right: 1.5rem; }
    code { font: .85em ui-monospace, "DejaVu Sans Mono", monospace; color: var(--soft); }

    @media (max-width: 40rem) {
      main { padding: 1rem .75rem 1.5rem; }
      .card { padding: .75rem; }
      .problems li { grid-template-columns: 1fr auto; }
      .problems .what { grid-column: 1 / -1; grid-row: 2; }
      .categories { grid-template-columns: 1fr; gap: 0; }
      .categories dd { margin-bottom: .5rem; }
      .chip { padding: .15rem 0; }
      table, tbody, tr, th[scope=row], td { display: block; }
      thead { display: none; }
      tbody tr + tr > * { border-top: 0; }
      tbody tr + tr { border-top: 1px solid var(--line); }
      tbody tr { padding: .5rem 0; }
      tbody th, td, td.number { padding: .1rem 0; text-align: left; white-space: normal; }
      td:empty { display: none; }
      td::before { content: attr(data-name); display: inline-block; width: 6rem; color: var(--soft); }
    }
    @media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }

    """
}
