<?php // The shop asks for a page of its own by its public name, as WordPress does.
$curl = curl_init('https://shop.example.com/who');
curl_setopt_array($curl, [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 5, CURLOPT_FAILONERROR => true]);
$page = curl_exec($curl);
if ($page === false) {
	http_response_code(502);
}
echo 'php heard: ', $page === false ? curl_error($curl) . "\n" : $page;
