# SPDX-License-Identifier: MIT
# bench.gnuplot: draws the panels that report.sh prepared; directory and output are given.
set terminal svg size 1350,300 font "sans,13" noenhanced background "white"
set output output
set multiplot layout 1,3
set style fill solid 0.85 noborder
set border 2 lc rgb "#888888"
unset xtics
set xlabel "microseconds"
set ytics nomirror scale 0 textcolor rgb "#333333"
set lmargin 17
set rmargin 8
set xrange [0:*]
set yrange [*:0.5]
unset key
panel(name) = directory . "/" . name . ".dat"
do for [name in "connection roundtrip exec"] {
	set title name eq "connection" ? "a connection for each request" : \
		name eq "roundtrip" ? "requests on one connection" : "/bin/true with it preloaded"
	plot panel(name) using (0):(-$0):(0):2:(-$0 - 0.35):(-$0 + 0.35):3:ytic(1) \
			with boxxyerror lc rgb variable, \
		"" using 2:(-$0):(sprintf("%.4g", $2)) with labels left offset 0.5,0
}
unset multiplot
