# demo.gnuplot: draws what demo.sh measured, with the spread of the times; directory and output are given.
set terminal svg size 1080,215 font "sans,13" noenhanced background "white"
set output output
set multiplot layout 1,4 margins screen 0.21,0.95,0.05,0.78 spacing screen 0.06
set style fill solid 0.85 noborder
set border 2 lc rgb "#888888"
unset xtics
set ytics nomirror scale 0 textcolor rgb "#333333"
set xrange [0:*]
set yrange [-3.6:0.6]
unset key
panel(name) = directory . "/" . name . ".dat"
title_of(name) = name eq "first" ? "first curl: microseconds" : \
	name eq "curl" ? "next: microseconds" : \
	name eq "loop" ? "C client: microseconds" : "connections in a row"
do for [name in "first curl loop connections"] {
	set title title_of(name)
	# Only the first panel says which bar is which.
	plot panel(name) using (0):(-$0):(0):2:(-$0 - 0.35):(-$0 + 0.35):3:ytic(name eq "first" ? strcol(1) : "") \
			with boxxyerror lc rgb variable, \
		"" using 2:(-$0):5:6 with xerrorbars pointtype 0 lc rgb "#333333", \
		"" using 6:(-$0):4 with labels left offset 0.5,0
}
unset multiplot
