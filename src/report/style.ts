/** Style sheet of the HTML report: light and dark by the reader's setting, always light on paper. */
export const style = `
:root{color-scheme:light dark;--ink:#1a1a1a;--soft:#555;--paper:#fff;--line:#d4d4d4;--band0:#eef2f7;--band1:#e1e8f0;--good:#1a7f37;--bad:#b42318;--open:#9a6700;--bar:#2f7ed8}
@media (prefers-color-scheme:dark){:root{--ink:#e8e8e8;--soft:#a8a8a8;--paper:#15181c;--line:#3a3f46;--band0:#1e242b;--band1:#28303a;--good:#4ac26b;--bad:#ff7b72;--open:#d8a72a;--bar:#5a9cf0}}
*{box-sizing:border-box}
body{font:14px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:1000px;margin:2em auto;padding:0 1em}
h1{font-size:1.5em;margin:0 0 .6em}h2{font-size:1.15em;margin:2em 0 .5em}
.verdict{padding:.7em .9em;border:2px solid var(--open);border-left-width:10px;font-weight:600;overflow-wrap:anywhere}
.verdict.good{border-color:var(--good)}.verdict.bad{border-color:var(--bad)}
.gaps{border:1px solid var(--open);border-left-width:6px;padding:.4em 1em;margin:1em 0}.gaps h2{margin:.3em 0;font-size:1em}.gaps ul{margin:.3em 0;padding-left:1.2em;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.4em 0}
caption{text-align:left;font-weight:600;padding:.3em 0}
th,td{text-align:left;padding:.25em 1em .25em 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
thead th{color:var(--soft);font-weight:600;white-space:nowrap}tbody th{font-weight:500}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.name{font-family:ui-monospace,monospace;font-size:.92em;overflow-wrap:anywhere}
.whole{white-space:nowrap}
.good{color:var(--good)}td.bad,th.bad,.label.bad{color:var(--bad);fill:var(--bad);font-weight:600}.open{color:var(--open)}
td.bad,td.good,td.open,tbody th.number{white-space:nowrap}
tr>.number:first-child{text-align:left}
svg{width:100%;height:auto;margin:.4em 0}
.grid{stroke:var(--line);stroke-width:1}.label{font:11px system-ui,sans-serif;fill:var(--soft)}.title{font:bold 12px system-ui,sans-serif;fill:var(--ink)}
.band.b0{fill:var(--band0)}.band.b1{fill:var(--band1)}.band.open{stroke:var(--open);stroke-dasharray:3 3}
.stop{fill:var(--open);fill-opacity:.18}.bar.done{fill:var(--bar)}.bar.failed{fill:var(--bad)}.bar.open{fill:none;stroke:var(--open);stroke-width:1.5}
.mark{stroke:var(--bad);stroke-width:1.5;fill:none}.flag{fill:var(--bad)}
.key span{margin-right:1.2em}.key i{display:inline-block;width:1.2em;height:.7em;margin-right:.4em;vertical-align:baseline}
p.small,footer{color:var(--soft);font-size:.92em}
@page{size:A4;margin:14mm}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--paper:#fff;--line:#bbb;--band0:#f1f1f1;--band1:#e4e4e4;--good:#1a7f37;--bad:#b42318;--open:#9a6700;--bar:#2f7ed8}
body{margin:0;max-width:none;font-size:9.5pt;padding:0}.scroll{overflow:visible}table{font-size:8pt}h2{break-after:avoid}svg,.verdict,.gaps,tr{break-inside:avoid}thead{display:table-header-group}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}`;
