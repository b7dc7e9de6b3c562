# SPDX-License-Identifier: MIT
# demo.gnuplot: draws what demo.sh measured; directory and output are given.
set terminal svg size 1080,215 font "sans,13" noenhanced background "white"
set output output
set multiplot layout 1,3 margins screen 0.19,0.94,0.05,0.78 spacing screen 0.07
set style fill solid 0.85 noborder
set border 2 lc rgb "#888888"
unset xtics
set ytics nomirror scale 0 textcolor rgb "#333333"
set xrange [0:*]
set yrange [-2.6:0.6]
unset key
panel(name) = directory . "/" . name . ".dat"
do for [name in "curl loop connections"] {
	set title name eq "curl" ? "one curl: microseconds" : \
		name eq "loop" ? "a connection: microseconds" : "connections in a row"
	# Only the first panel says which bar is which.
	plot panel(name) using (0):(-$0):(0):2:(-$0 - 0.35):(-$0 + 0.35):3:ytic(name eq "curl" ? strcol(1) : "") \
			with boxxyerror lc rgb variable, \
		"" using 2:(-$0):4 with labels left offset 0.5,0
}
unset multiplot
