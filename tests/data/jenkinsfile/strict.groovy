// Runs declarative Jenkinsfiles under a strict allow-list: each directive only where declarative Pipeline has it, with its
// own arguments. Prints one JSON line per case: the recorded sh lines in order, or the first fault.
// Arguments: FILE?NAME=VALUE&NAME=VALUE, where the values are the build's parameters; TRIGGER=timer for a timer run.
import groovy.json.JsonOutput
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.*
import org.codehaus.groovy.control.customizers.SecureASTCustomizer
import org.codehaus.groovy.runtime.DefaultGroovyMethods

class Fault extends RuntimeException {
    Fault(String text) { super(text) }
}

class Run {
    Map parameters
    List records = []
    List path = []
    Map axes = [:]
    List bindings = []
    List timeouts = []
    List agents = []
    List locks = []
    Set stageNames = new HashSet()

    void add(String kind, String text) {
        records << [kind: kind, stage: path.join('/'), text: text, axes: new LinkedHashMap(axes), credentials: bindings.flatten(),
                    minutes: timeouts ? timeouts.last() : null, agent: agents ? agents.last() : null, lock: locks ? locks.last() : null]
    }
}

/** What a block's statements reach: nothing but its context, not even Groovy's own methods. */
class Gate implements GroovyInterceptable {
    private final Context inner
    Gate(Context inner) { this.@inner = inner }
    def invokeMethod(String name, args) { this.@inner.call(name, args as List) }
    def getProperty(String name) { this.@inner.read(name) }
    void setProperty(String name, value) { this.@inner.write(name, value) }
}

abstract class Context {
    Run run
    abstract String where()
    abstract Map table()

    def call(String name, List args) {
        def rule = table()[name]
        if (rule == null) throw new Fault("'${name}' has no place in ${where()}")
        return rule.call(args)
    }
    def read(String name) { throw new Fault("'${name}' is not known in ${where()}") }
    void write(String name, value) { throw new Fault("'${name} = ...' has no place in ${where()}") }

    static void into(Context context, Closure body) {
        body.delegate = new Gate(context)
        body.resolveStrategy = Closure.DELEGATE_ONLY
        body.call()
    }
    static Closure only(List args, String what) {
        if (args.size() != 1 || !(args[0] instanceof Closure)) throw new Fault("'${what}' needs exactly one block")
        return args[0]
    }
    static String text(List args, String what) {
        if (args.size() != 1 || !(args[0] instanceof String)) throw new Fault("'${what}' needs one plain text (no interpolation)")
        return args[0]
    }
    static Map keys(value, String what, Map allowed, List required = []) {
        if (!(value instanceof Map)) throw new Fault("'${what}' needs named arguments")
        value.each { key, one ->
            if (!allowed.containsKey(key)) throw new Fault("'${what}' knows no '${key}'")
            if (!allowed[key].isInstance(one)) throw new Fault("'${what}' wants another kind of value for '${key}'")
        }
        required.each { if (!value.containsKey(it)) throw new Fault("'${what}' lacks '${it}'") }
        return value
    }
    static int minutesOf(value) {
        def map = keys(value, 'timeout', [time: Integer, unit: String], ['time', 'unit'])
        def factor = [SECONDS: 1, MINUTES: 1, HOURS: 60, DAYS: 1440][map.unit]
        if (factor == null) throw new Fault("timeout knows no unit '${map.unit}'")
        return map.time * factor
    }
}

class Root extends Context {
    boolean seen = false
    String where() { 'the file' }
    Map table() {
        [pipeline: { List args ->
            if (seen) throw new Fault('there are two pipelines')
            seen = true
            def pipeline = new PipelineBlock(run: run)
            into(pipeline, only(args, 'pipeline'))
            pipeline.finish()
        }]
    }
}

class PipelineBlock extends Context {
    Map blocks = [:]
    String where() { 'pipeline' }
    private Closure once(String name) { return { List args -> if (blocks.containsKey(name)) throw new Fault("two '${name}' in pipeline"); blocks[name] = args } }
    Map table() { ['agent', 'options', 'environment', 'stages', 'post'].collectEntries { [it, once(it)] } }
    def read(String name) { name == 'none' || name == 'any' ? name : super.read(name) }
    void finish() {
        ['agent', 'stages'].each { if (!blocks.containsKey(it)) throw new Fault("pipeline lacks '${it}'") }
        def agent = Agents.read(blocks.agent)
        if (agent != 'none') run.agents << agent
        if (blocks.environment) into(new EnvironmentBlock(run: run), only(blocks.environment, 'environment'))
        if (blocks.options) into(new OptionsBlock(run: run, stage: false), only(blocks.options, 'options'))
        def stages = new StagesBlock(run: run, inMatrix: false)
        into(stages, only(blocks.stages, 'stages'))
        stages.finish()
        if (blocks.post) { run.path << 'post'; into(new PostBlock(run: run, pipelineLevel: true), only(blocks.post, 'post')); run.path.pop() }
    }
}

class Agents extends Context {
    String label
    String where() { 'agent' }
    Map table() { [label: { List args -> label = text(args, 'label') }] }
    static String read(List args) {
        if (args == ['none'] || args == ['any']) return args[0]
        def agent = new Agents()
        into(agent, only(args, 'agent'))
        if (!agent.label) throw new Fault("agent names no label")
        return agent.label
    }
}

class EnvironmentBlock extends Context {
    String where() { 'environment' }
    Map table() { [:] }
    void write(String name, value) {
        if (!(value instanceof String)) throw new Fault("environment value of '${name}' is no plain text")
    }
}

class OptionsBlock extends Context {
    boolean stage
    String where() { stage ? 'options of a stage' : 'options' }
    Map table() {
        def both = [
            timestamps: { List args -> if (args) throw new Fault('timestamps takes nothing') },
            timeout: { List args -> run.add('option-timeout', minutesOf(args[0]).toString()) },
            lock: { List args -> if (!stage) throw new Fault("lock of the whole pipeline would hold it while people decide"); run.locks << text(args, 'lock') },
        ]
        def top = [
            disableConcurrentBuilds: { List args -> run.add('option', 'disableConcurrentBuilds') },
            buildDiscarder: { List args -> run.add('discarder', args[0].toString()) },
            logRotator: { List args -> keys(args[0], 'logRotator', [numToKeepStr: String, artifactNumToKeepStr: String, daysToKeepStr: String]); args[0].toString() },
            preserveStashes: { List args -> keys(args[0], 'preserveStashes', [buildCount: Integer]) },
            skipStagesAfterUnstable: { List args -> },
        ]
        return stage ? both : both + top
    }
}

class StagesBlock extends Context {
    boolean inMatrix
    int count = 0
    String where() { 'stages' }
    void finish() { if (!count) throw new Fault('stages holds no stage') }
    Map table() {
        [stage: { List args ->
            if (args.size() != 2 || !(args[0] instanceof String) || !(args[1] instanceof Closure)) throw new Fault('stage needs a name and a block')
                count++
            if (!run.axes && !run.stageNames.add(args[0])) throw new Fault("two stages are called '${args[0]}'")
            def stage = new StageBlock(run: run, inMatrix: inMatrix)
            run.path << args[0]
            into(stage, args[1])
            stage.finish(args[0])
            run.path.pop()
        }]
    }
}

class StageBlock extends Context {
    boolean inMatrix
    Map blocks = [:]
    String where() { 'stage' }
    private Closure once(String name) { return { List args -> if (blocks.containsKey(name)) throw new Fault("two '${name}' in one stage"); blocks[name] = args } }
    Map table() { ['agent', 'when', 'options', 'input', 'environment', 'steps', 'stages', 'matrix', 'post'].collectEntries { [it, once(it)] } }
    def read(String name) { name == 'none' || name == 'any' ? name : super.read(name) }
    void finish(String name) {
        def bodies = ['steps', 'stages', 'matrix'].findAll { blocks.containsKey(it) }
        if (bodies.size() != 1) throw new Fault("stage '${name}' needs exactly one of steps, stages, matrix and has ${bodies}")
        if (inMatrix && blocks.matrix) throw new Fault('a matrix inside a matrix')
        if (inMatrix && blocks.agent) throw new Fault("cell '${name}' has an agent of its own: four executors could deadlock")
        boolean wanted = true
        def kept = run.records.size()
        if (blocks.when) { def when = new WhenBlock(run: run); into(when, only(blocks.when, 'when')); wanted = when.answer() }
        def agents = run.agents.size(), locks = run.locks.size()
        if (blocks.agent) { def agent = Agents.read(blocks.agent); run.agents << (agent == 'none' ? null : agent) }
        if (blocks.options) into(new OptionsBlock(run: run, stage: true), only(blocks.options, 'options'))
        if (blocks.input) { if (run.agents && run.agents.last()) throw new Fault('an executor is held while people decide'); into(new InputBlock(run: run), only(blocks.input, 'input')) }
        if (blocks.environment) into(new EnvironmentBlock(run: run), only(blocks.environment, 'environment'))
        if (blocks.steps) into(new StepsBlock(run: run, node: false), only(blocks.steps, 'steps'))
        if (blocks.stages) { def stages = new StagesBlock(run: run, inMatrix: inMatrix); into(stages, only(blocks.stages, 'stages')); stages.finish() }
        if (blocks.matrix) new MatrixBlock(run: run).go(only(blocks.matrix, 'matrix'))
        if (blocks.post) { run.path << 'post'; into(new PostBlock(run: run, pipelineLevel: false), only(blocks.post, 'post')); run.path.pop() }
        if (!wanted) run.records = run.records.take(kept)
        while (run.agents.size() > agents) run.agents.pop()
        while (run.locks.size() > locks) run.locks.pop()
    }
}

class WhenBlock extends Context {
    List answers = []
    String where() { 'when' }
    boolean answer() { answers.every() }
    boolean any() { answers.any() }
    int size() { answers.size() }
    private boolean nested(List args, String what, Closure judge) {
        def inner = new WhenBlock(run: run)
        into(inner, only(args, what))
        if (!inner.size()) throw new Fault("'${what}' holds no condition")
        return judge(inner)
    }
    Map table() {
        [
            beforeAgent: { List args -> flag(args, 'beforeAgent') }, beforeInput: { List args -> flag(args, 'beforeInput') },
            beforeOptions: { List args -> flag(args, 'beforeOptions') },
            environment: { List args ->
                def map = keys(args[0], 'environment', [name: String, value: String], ['name', 'value'])
                answers << (run.parameters[map.name] == map.value)
            },
            triggeredBy: { List args -> answers << (text(args, 'triggeredBy') == 'TimerTrigger' && run.parameters.TRIGGER == 'timer') },
            not: { List args -> answers << nested(args, 'not') { !it.answer() } },
            anyOf: { List args -> answers << nested(args, 'anyOf') { it.any() } },
            allOf: { List args -> answers << nested(args, 'allOf') { it.answer() } },
        ]
    }
    private static void flag(List args, String what) { if (args != [true] && args != [false]) throw new Fault("'${what}' is true or false") }
}

class InputBlock extends Context {
    String where() { 'input' }
    Map table() { ['message', 'ok', 'submitter', 'id'].collectEntries { name -> [name, { List args -> run.add("input-${name}", text(args, name)) }] } }
}

class MatrixBlock extends Context {
    Map blocks = [:]
    String where() { 'matrix' }
    Map table() { ['axes', 'stages'].collectEntries { name -> [name, { List args -> blocks[name] = args }] } }
    void go(Closure body) {
        into(this, body)
        ['axes', 'stages'].each { if (!blocks[it]) throw new Fault("matrix lacks '${it}'") }
        def axes = new AxesBlock(run: run)
        into(axes, only(blocks.axes, 'axes'))
        axes.all().each { name, values ->
            values.each { value ->
                run.axes = [(name): value]
                def stages = new StagesBlock(run: run, inMatrix: true)
                into(stages, only(blocks.stages, 'stages').clone())
                stages.finish()
            }
        }
        run.axes = [:]
    }
}

class AxesBlock extends Context {
    Map found = [:]
    String where() { 'axes' }
    Map all() { found }
    Map table() {
        [axis: { List args ->
            def axis = new AxisBlock(run: run)
            into(axis, only(args, 'axis'))
            found[axis.name] = axis.values
        }]
    }
}

class AxisBlock extends Context {
    String name
    List values = []
    String where() { 'axis' }
    Map table() { [name: { List args -> name = text(args, 'name') }, values: { List args -> values = args }] }
}

class PostBlock extends Context {
    boolean pipelineLevel
    String where() { 'post' }
    Map table() {
        ['always', 'success', 'failure', 'unstable', 'aborted', 'cleanup'].collectEntries { name ->
            [name, { List args -> run.path << name; into(new StepsBlock(run: run, node: pipelineLevel), only(args, name)); run.path.pop() }]
        }
    }
}

class StepsBlock extends Context {
    boolean node
    String where() { 'steps' }
    private void inside(List args) { into(new StepsBlock(run: run, node: false), args[-1]) }
    private void needsAgent(String what) { if (!run.agents || !run.agents.last()) throw new Fault("'${what}' runs without an agent") }
    def read(String name) { name == 'scm' ? 'scm' : super.read(name) }
    Map table() {
        def binding = { String name, Map allowed -> { List args -> keys(args[0], name, allowed, ['credentialsId']); args[0].findAll { it.key.toLowerCase().endsWith('variable') }.values().collect { one -> "${one}=${args[0].credentialsId}".toString() } } }
        [
            sh: { List args -> needsAgent('sh'); run.add('sh', text(args, 'sh')) },
            echo: { List args -> text(args, 'echo') },
            deleteDir: { List args -> needsAgent('deleteDir') },
            dir: { List args -> if (args.size() != 2) throw new Fault('dir needs a folder and a block'); inside(args) },
            timeout: { List args -> if (args.size() != 2) throw new Fault('timeout needs a block here'); run.timeouts << minutesOf(args[0]); inside(args); run.timeouts.pop() },
            lock: { List args -> if (args.size() != 2) throw new Fault('lock needs a block here'); run.locks << args[0]; inside(args); run.locks.pop() },
            node: { List args ->
                if (!node) throw new Fault("'node' belongs into the pipeline's own post only")
                if (args.size() != 2 || !(args[0] instanceof String)) throw new Fault('node needs a label and a block')
                run.agents << args[0]; inside(args); run.agents.pop()
            },
            withCredentials: { List args ->
                if (args.size() != 2 || !(args[0] instanceof List) || !args[0]) throw new Fault('withCredentials needs bindings and a block')
                run.bindings << args[0]; inside(args); run.bindings.pop()
            },
            file: binding('file', [credentialsId: String, variable: String]),
            usernamePassword: binding('usernamePassword', [credentialsId: String, usernameVariable: String, passwordVariable: String]),
            sshUserPrivateKey: binding('sshUserPrivateKey', [credentialsId: String, keyFileVariable: String]),
            checkout: { List args -> if (args != ['scm']) throw new Fault('checkout takes scm only') },
            stash: { List args -> needsAgent('stash'); keys(args[0], 'stash', [name: String, includes: String, excludes: String, allowEmpty: Boolean], ['name']); run.add('stash', args[0].name) },
            unstash: { List args -> needsAgent('unstash'); run.add('unstash', text(args, 'unstash')) },
            junit: { List args -> keys(args[0], 'junit', [testResults: String, allowEmptyResults: Boolean], ['testResults']); run.add('junit', args[0].testResults) },
            archiveArtifacts: { List args -> keys(args[0], 'archiveArtifacts', [artifacts: String, allowEmptyArchive: Boolean], ['artifacts']); run.add('archive', args[0].artifacts) },
            publishHTML: { List args -> keys(args[0], 'publishHTML', [target: Map], ['target']); run.add('html', args[0].target.reportName) },
            buildDescription: { List args -> run.add('description', text(args, 'buildDescription')) },
        ]
    }
}

// No logic: no branch, loop, variable, property, interpolation or class; none of Groovy's own methods (println, each, with ...).
def groovysOwn = (DefaultGroovyMethods.methods*.name as Set) - ['any', 'deleteDir']
def nothingButDirectives = new SecureASTCustomizer(
    methodDefinitionAllowed: false, importsWhitelist: [], packageAllowed: false,
    statementsBlacklist: [IfStatement, ForStatement, WhileStatement, DoWhileStatement, TryCatchStatement, SwitchStatement, ThrowStatement, AssertStatement],
    expressionsBlacklist: [GStringExpression, DeclarationExpression, ConstructorCallExpression, TernaryExpression, ElvisOperatorExpression,
                           PropertyExpression, MethodPointerExpression, StaticMethodCallExpression, PostfixExpression, PrefixExpression])
nothingButDirectives.addExpressionCheckers({ expression ->
    !(expression instanceof MethodCallExpression) || !groovysOwn.contains(expression.methodAsString)
} as SecureASTCustomizer.ExpressionChecker)

args.each { word ->
    def (file, query) = word.split('\\?', 2) as List
    def parameters = (query ?: '').split('&').findAll { it }.collectEntries { it.split('=', 2) as List }
    def run = new Run(parameters: parameters)
    def fault = null
    try {
        def config = new org.codehaus.groovy.control.CompilerConfiguration(scriptBaseClass: 'groovy.util.DelegatingScript')
        config.addCompilationCustomizers(nothingButDirectives)
        def script = new GroovyShell(this.class.classLoader, new Binding(), config).parse(new File(file).text, 'Jenkinsfile.groovy')
        def root = new Root(run: run)
        script.setDelegate(new Gate(root))
        script.run()
        if (!root.seen) throw new Fault('there is no pipeline')
    } catch (Fault error) {
        fault = error.message
    } catch (org.codehaus.groovy.control.CompilationFailedException error) {
        fault = 'does not compile: ' + (error.message.readLines().find { it =~ /line |not allowed/ } ?: error.message.take(200))
    } catch (Exception error) {
        fault = error.class.simpleName + ': ' + error.message
    }
    println JsonOutput.toJson([file: file, parameters: parameters, fault: fault, records: run.records])
}
