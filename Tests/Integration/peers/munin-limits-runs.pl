# The work of munin-limits-runs: see there.
use strict;
use warnings;

# munin-limits' clock stands still; it has to be in place before its modules are read.
my $now;
BEGIN {
  $0 = 'munin-limits';
  *CORE::GLOBAL::time = sub () { defined $now ? $now : CORE::time() };
}
use Fcntl qw(F_SETFD);
use JSON::PP;
use Storable qw(nstore);
use Munin::Master::LimitsOld;
use Munin::Master::Utils;

my ($word, $file, $folder, $root) = @ARGV;
my $start = 1_750_000_000;
my $count = 0;

# Wherever the program walks a hash, it does so in the order of names.
{
  no strict 'refs';
  no warnings qw(redefine once);
  my $name = sub { join "\0", @{ munin_get_node_loc($_[0]) } };
  for my $walk (qw(munin_get_children munin_find_field munin_find_field_for_limits)) {
    my $real = \&{"Munin::Master::Utils::$walk"};
    my $sorted = sub {
      my $found = $real->(@_);
      $found && [map { $_->[1] } sort { $a->[0] cmp $b->[0] } map { [$name->($_), $_] } @$found];
    };
    *{"Munin::Master::Utils::$walk"} = $sorted;
    *{"Munin::Master::LimitsOld::$walk"} = $sorted;
  }
}

my $json = JSON::PP->new->canonical->pretty->utf8;
if ($word eq 'play') {
  my %result;
  for my $story (stories($file)) {
    die "story '$story->{name}' is there twice\n" if $result{ $story->{name} };
    $result{ $story->{name} } = play($story);
  }
  print $json->encode(\%result);
} elsif ($word eq 'give') {
  my @result;
  for my $messages (@{ $json->decode(contents($file)) }) {
    push @result, kept(sub { give($_) for @$messages }, 'run ' . (@result + 1));
  }
  print $json->encode(\@result);
} else {
  die "play or give expected, found '$word'\n";
}

sub contents {
  my ($path) = @_;
  open my $handle, '<', $path or die "$path: $!\n";
  local $/;
  return scalar <$handle>;
}

sub put {
  my ($path, $text) = @_;
  open my $handle, '>', $path or die "$path: $!\n";
  print $handle $text;
  close $handle or die "$path: $!\n";
}

# The stories of a file: the steps in their order, those before the first story in front of each.
sub stories {
  my ($path) = @_;
  my (@stories, @common, $block);
  my $number = 0;
  for my $line (split /\n/, contents($path)) {
    $number++;
    if ($line =~ /^\s+\S/) {
      die "$path:$number: a line of nothing\n" unless $block;
      $line =~ s/^ {1,4}//;
      push @{ $block->{lines} }, $line;
      next;
    }
    next if $line =~ /^(#|\s*$)/;
    my ($what, $rest) = split ' ', $line, 2;
    $rest //= '';
    if ($what eq 'story') {
      push @stories, { name => $rest, steps => [@common] };
      undef $block;
      next;
    }
    die "$path:$number: conf, service, gone, down, up, fails, works, state or run expected, found '$what'\n"
      unless $what =~ /^(conf|service|gone|down|up|fails|works|state|run)$/;
    $block = { what => $what, rest => $rest, lines => [] };
    push @{ @stories ? $stories[-1]{steps} : \@common }, $block;
  }
  return @stories;
}

sub play {
  my ($story) = @_;
  my $place = "$folder/" . ++$count;
  mkdir $place or die "$place: $!\n";
  mkdir "$place/$_" for qw(db log run html);
  my (%services, $conf, @also, %current, %previous, $host, @runs);
  my $time = $start;
  for my $step (@{ $story->{steps} }) {
    my ($what, $rest, $lines) = @$step{qw(what rest lines)};
    if ($what eq 'conf') {
      $conf = conf($place, @$lines);
    } elsif ($what eq 'service') {
      my ($path, $service) = split ' ', $rest;
      $host //= $path;
      $services{"$path:$service"} = $lines;
    } elsif ($what eq 'gone') {
      my ($path, $service) = split ' ', $rest;
      delete $services{"$path:$service"} or die "$story->{name}: gone $rest: not there\n";
    } elsif ($what =~ /^(down|up|fails|works)$/) {
      # munin-update leaves all that munin-limits reads as it was.
    } elsif ($what eq 'state') {
      push @also, [split ' ', $rest, 2];
    } else {
      my @words = split ' ', $rest;
      $time += @words && $words[0] =~ /^\+(\d+)$/ ? do { shift @words; $1 } : 300;
      my $times = @words && $words[0] =~ /^x(\d+)$/ ? do { shift @words; $1 } : 1;
      for my $turn (1 .. $times) {
        $time += 300 if $turn > 1;
        for my $word (@words) {
          my ($field, $value, $age) = $word =~ /^([^=]+)=([^@]*)(?:@(\d+))?$/ or die "$story->{name}: $word\n";
          $field = "$host:$field" unless $field =~ /:/;
          my ($service) = $field =~ /^(.+)\.[^.]+$/;
          die "$story->{name}: $field: no such service\n" unless $services{$service};
          $previous{$field} = $current{$field};
          $current{$field} = [$time - ($age // 10), $value];
        }
        put("$place/munin.conf", $conf);
        my $data = '';
        for my $service (sort keys %services) { $data .= "$service.$_\n" for @{ $services{$service} } }
        # The text has another name than munin's, or the reader would take the older storable in its place.
        put("$place/db/described", "version 2.0.73\n$data");
        nstore(munin_readconfig_raw("$place/db/described"), "$place/db/datafile.storable");
        states($place, \%services, \%current, \%previous, @also);
        $now = $time;
        push @runs, kept(sub { limits($place) }, "$story->{name}, run " . (@runs + 1));
        undef $now;
        complain($story->{name}, "$place/log/munin-limits.log");
      }
    }
  }
  return \@runs;
}

# The story's munin.conf with folders of its own and the commands that are there.
sub conf {
  my ($place, @lines) = @_;
  @lines = grep { !/^(dbdir|logdir|rundir|htmldir|tmpldir|staticdir|includedir)\s/ } @lines;
  s{/usr/s?bin/}{$folder/bin/}g for @lines;
  my $folders = "dbdir $place/db\nlogdir $place/log\nrundir $place/run\nhtmldir $place/html\n";
  return join '', $folders, map { "$_\n" } @lines;
}

# What munin-update leaves: a file for each node, the newest two samples of each field.
sub states {
  my ($place, $services, $current, $previous, @also) = @_;
  my %states;
  for my $key (sort keys %$current) {
    my ($path, $service, $field) = $key =~ /^([^:]+):(.+)\.([^.]+)$/ or die "$key\n";
    my ($type) = map { /^\Q$field\E\.type\s+(\S)/ ? lc $1 : () } @{ $services->{"$path:$service"} || [] };
    my @groups = split /;/, $path;
    my $host = pop @groups;
    (my $flat = $service) =~ s/\./-/g;
    my $rrd = "$place/db/" . join('/', @groups) . "/$host-$flat-$field-" . ($type // 'g') . '.rrd:42';
    my $entry = { current => $current->{$key} };
    $entry->{previous} = $previous->{$key} if $previous->{$key};
    $states{$path}{ join '-', @groups, $host }{$rrd} = $entry;
  }
  for my $path (keys %states) {
    my ($name) = keys %{ $states{$path} };
    nstore({ value => $states{$path}{$name}, last_updated => {} }, "$place/db/state-$_.storable")
      for $name, map { $_->[0] eq $path ? $_->[1] : () } @also;
  }
}

# Does a work and returns what the commands kept that it started, when the last of them has ended.
sub kept {
  my ($work, $name) = @_;
  my $keep = "$folder/kept-" . ++$count;
  mkdir $keep or die "$keep: $!\n";
  # munin-limits does not wait for its commands; each of them holds this pipe open.
  pipe(my $reader, my $writer) or die "pipe: $!\n";
  my $child = fork // die "fork: $!\n";
  if (!$child) {
    close $reader;
    fcntl($writer, F_SETFD, 0);
    $ENV{KEPT} = $keep;
    alarm 10;
    $work->();
    exit 0;
  }
  close $writer;
  { local $/; my $nothing = <$reader>; }
  waitpid $child, 0;
  die "$name: ended with $?\n" if $?;
  my @kept;
  for my $path (glob "$keep/*") {
    my ($number, $rest) = split /\n/, contents($path), 2;
    my @parts = split /\0/, $rest, $number + 1;
    my $input = pop @parts;
    utf8::decode($_) for @parts, $input;
    push @kept, { argv => \@parts, input => $input };
  }
  my $key = sub { join "\0", @{ $_[0]{argv} }, $_[0]{input} };
  return [sort { $key->($a) cmp $key->($b) } @kept];
}

sub limits {
  my ($place) = @_;
  local @ARGV = ('--config', "$place/munin.conf");
  do "$root/usr/share/munin/munin-limits";
  die $@;
}

# As munin-limits starts its commands: by the shell if need be, the input by a pipe, no output.
sub give {
  my ($message) = @_;
  open my $pipe, '|-', "exec >&-\n$message->{command}" or die "cannot start a shell: $!\n";
  my $text = $message->{input};
  utf8::encode($text);
  print $pipe $text;
  close $pipe;
}

# What munin-limits complains about goes to the errors: a story that is not understood is no proof.
sub complain {
  my ($name, $log) = @_;
  return unless -e $log;
  for my $line (split /\n/, contents($log)) {
    next if $line =~ /\[INFO\]/ || $line !~ /\S/;
    $line =~ s/^\S+ \S+ //;
    print STDERR "$name: $line\n";
  }
  unlink $log;
}
