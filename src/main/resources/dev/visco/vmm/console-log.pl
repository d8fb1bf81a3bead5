# console-log.pl FIFO FILE BYTES [FIFO FILE BYTES]: moves what a VMM writes into each FIFO to its FILE, at most BYTES in
# it and as many in FILE.1. Standard input is the first FIFO, whose name only says whose logger this is; standard error
# may be the second one. It ends by itself when the VMM has ended: when nothing can be read and nobody can write.
use strict;

setpriority 0, 0, 10; # A guest that prints without end delays itself, not the daemon and other guests.
umask 077;
my @logs;
while (my ($fifo, $file, $bytes) = splice @ARGV, 0, 3) {
  open my $in, @logs ? '<' : '<&', @logs ? $fifo : 'STDIN' or die "cannot open $fifo: $!\n";
  push @logs, renewed({ in => $in, file => $file, bytes => $bytes });
}
# Or it would be a writer of its own FIFO, and never end.
open STDOUT, '>', '/dev/null' and open STDERR, '>&', 'STDOUT' or exit 1;

while (@logs) {
  my $ready = '';
  vec($ready, fileno $_->{in}, 1) = 1 for @logs;
  select $ready, undef, undef, undef;
  @logs = grep { !vec($ready, fileno $_->{in}, 1) || move($_) } @logs;
  # A serial port gives single bytes. Whoever writes one that nobody waits for need not wake anybody.
  select undef, undef, undef, 0.002;
}

# Moves what is there, never more than the file may hold; false when the VMM has ended.
sub move {
  my ($log) = @_;
  my $count = sysread $log->{in}, my $bytes, $log->{left} < 65536 ? $log->{left} : 65536;
  return $count if !$count;
  my $written = syswrite $log->{out}, $bytes;
  # Where it cannot be written, since the disk is full, it is lost: the guest must not wait for that, or it would stand
  # still at its next line.
  $log->{left} -= $written || 0;
  renewed($log) if $log->{left} == 0 || ($written || 0) < $count;
  return 1;
}

# A new file; what the one before it held is the older part, unless somebody took it away.
sub renewed {
  my ($log) = @_;
  rename $log->{file}, "$log->{file}.1" if -s $log->{file};
  open $log->{out}, '>', $log->{file};
  $log->{left} = $log->{bytes};
  return $log;
}
