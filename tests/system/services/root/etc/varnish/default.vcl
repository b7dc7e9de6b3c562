vcl 4.1;

backend default {
	.host = "backend.example.com";
	.port = "8000";
}

sub vcl_recv {
	# Each request of the test is to reach the backend.
	return (pass);
}
