# Checks a delivery: perl verify.pl SECRET ID TIMESTAMP SIGNATURES < body
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_base64);
use MIME::Base64 qw(decode_base64);

my $tolerance = 5 * 60;
my ($secret, $id, $timestamp, $signatures) = @ARGV;
my $body = do { local $/; binmode STDIN; <STDIN> };

exit 1 if abs(time() - $timestamp) > $tolerance;
$secret =~ s/^whsec_//;
my $wanted = hmac_sha256_base64("$id.$timestamp.$body", decode_base64($secret));
$wanted .= '=' while length($wanted) % 4;
exit((grep { equal($_, "v1,$wanted") } split / /, $signatures) ? 0 : 1);

# Looks at every character, so that the time taken tells nothing.
sub equal {
    my ($a, $b) = @_;
    return 0 if length $a != length $b;
    my $differ = 0;
    $differ |= ord(substr $a, $_, 1) ^ ord(substr $b, $_, 1) for 0 .. length($a) - 1;
    return !$differ;
}
