import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Checks a delivery: java Verify.java SECRET ID TIMESTAMP SIGNATURES < body */
public class Verify {
    static final long TOLERANCE = 5 * 60;

    static boolean verify(String secret, String id, String timestamp, String signatures, byte[] body, long now)
            throws Exception {
        if (Math.abs(now - Long.parseLong(timestamp)) > TOLERANCE) return false;
        byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
        byte[] wanted = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes(StandardCharsets.UTF_8);
        return Arrays.stream(signatures.split(" "))
            .anyMatch(each -> MessageDigest.isEqual(wanted, each.getBytes(StandardCharsets.UTF_8)));
    }

    public static void main(String[] args) throws Exception {
        byte[] body = System.in.readAllBytes();
        boolean ok = verify(args[0], args[1], args[2], args[3], body, System.currentTimeMillis() / 1000);
        System.exit(ok ? 0 : 1);
    }
}
