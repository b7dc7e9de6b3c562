# SPDX-License-Identifier: MIT
# bench.gnuplot: draws the panels that report.sh prepared; directory and output are given.
set terminal svg size 1200,420 font "sans,13" background "white"
set output output
set multiplot layout 1,3
set style fill solid 0.85 noborder
set boxwidth 0.7
set grid ytics lc rgb "#dddddd"
set border 3 lc rgb "#888888"
set tics nomirror
set xtics rotate by -35 noenhanced
set rmargin 6
set yrange [0:*]
set ylabel "microseconds"
unset key
blue = "#3b76af"
panel(name) = directory . "/" . name . ".dat"
do for [i = 1:3] {
	name = word("connection roundtrip exec", i)
	set title i == 1 ? "a connection for each request" : i == 2 ? "requests on one connection" : "/bin/true, preloaded"
	plot panel(name) using 0:2:xtic(1) with boxes lc rgb blue, \
		"" using 0:2:(sprintf("%.4g", $2)) with labels offset 0,0.7
}
unset multiplot
