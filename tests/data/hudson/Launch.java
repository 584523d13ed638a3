import java.io.File;
import java.net.URL;

/** Starts Hudson's own Jetty on a JDK that its launcher misreads: args are the war, then the options of Jetty. */
public class Launch {
    public static void main(String[] args) throws Exception {
        String[] options = java.util.Arrays.copyOfRange(args, 1, args.length);
        Class.forName("org.eclipse.hudson.jetty.JettyLauncher")
            .getMethod("start", String[].class, URL.class)
            .invoke(null, options, new File(args[0]).toURI().toURL());
    }
}
