# A tool that signs in by OAuth, for tests: demo-tool.pl ISSUER loopback|device|whoami. Its credential is ~/.demo/auth.json.
use strict;
use warnings;
use IO::Socket::INET;

my ($issuer, $mode) = @ARGV;
my $file = "$ENV{HOME}/.demo/auth.json";
$| = 1;

# Status and body of an answer; what is secret goes by standard input.
sub ask {
  my ($path, $form, $token) = @_;
  my $config = "url = \"$issuer$path\"\nsilent\nmax-time = 100\nwrite-out = \"\\n%{http_code}\"\n";
  $config .= "data = \"$form\"\n" if defined $form;
  $config .= "header = \"Authorization: Bearer $token\"\n" if defined $token;
  open(my $in, '>', "/tmp/demo-$$") or die;
  print $in $config;
  close $in;
  my $answer = `curl -K /tmp/demo-$$`;
  unlink "/tmp/demo-$$";
  $answer =~ /^(.*)\n(\d+)$/s or return (0, '');
  return ($2, $1);
}

sub keep {
  my ($body) = @_;
  umask 077;
  mkdir "$ENV{HOME}/.demo";
  open(my $out, '>', $file) or die;
  print $out $body;
  close $out;
  exit 0;
}

sub refused {
  print STDERR "$_[0]\n";
  exit 1;
}

if ($mode eq 'whoami') {
  open(my $in, '<', $file) or refused('not signed in');
  my $body = join '', <$in>;
  $body =~ /"token": *"([^"]+)"/ or refused('no token');
  my ($status) = ask('/whoami', undef, $1);
  exit($status eq '200' ? 0 : 1);
}

if ($mode eq 'device') {
  my ($status, $body) = ask('/device', 'client_id=demo');
  $body =~ /"user_code":"([^"]+)","device_code":"([^"]+)"/ or refused("no code: $status");
  print "Type $1 at $issuer/approve\n";
  my $device = $2;
  while (1) {
    ($status, $body) = ask('/token', "device_code=$device");
    keep($body) if $status eq '200';
    refused("the provider says $body") if $status ne '428';
    sleep 1;
  }
}

my $listener = IO::Socket::INET->new(
  LocalAddr => '127.0.0.1', LocalPort => 4242, Listen => 5, ReuseAddr => 1) or refused("4242: $!");
my $state = sprintf '%08x', int rand 0xffffffff;
print "Open $issuer/authorize?client_id=demo&state=$state"
  . "&redirect_uri=http%3A%2F%2Flocalhost%3A4242%2Fcallback\n";
while (my $browser = $listener->accept) {
  my $line = <$browser> // '';
  while (defined(my $header = <$browser>)) {
    last if $header =~ /^\r?\n$/;
  }
  if ($line !~ m{^GET /callback\?(\S*)}) {
    print $browser "HTTP/1.0 404 Not Found\r\n\r\n";
  } elsif ($1 =~ /error=(\w+)/) {
    print $browser "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\nNot signed in.";
    close $browser;
    refused("the provider says $1");
  } elsif ($1 !~ /state=$state/) {
    print $browser "HTTP/1.0 400 Bad Request\r\n\r\n";
  } else {
    $line =~ /code=(\w+)/ or refused('no code');
    my ($status, $body) = ask('/token', "code=$1");
    print $browser "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>Complete</h1>";
    close $browser;
    keep($body) if $status eq '200';
    refused("the token endpoint says $status");
  }
  close $browser;
}
