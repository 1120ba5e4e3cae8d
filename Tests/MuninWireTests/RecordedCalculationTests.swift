import MuninWire
import Testing

/// What rrdtool 1.7.2 makes of expressions over files that hold 6 (`a`), 4 (`b`), -1.25 (`c`), 0 (`zero`) and nothing
/// (`u`); an infinite result counts as unknown here. (Its MEDIAN sorts infinite values wrongly: that is not imitated.)
@Suite struct RecordedCalculationTests {
  @Test func valuesAreRRDtools() throws {
    let names = ["a": 0, "b": 1, "c": 2, "zero": 3, "u": 4]
    let values: [Double?] = [6, 4, -1.25, 0, nil]
    var known = 0
    for line in recorded.split(separator: "\n") {
      let words = line.split(separator: " ")
      let calculation = try #require(Calculation(String(words[0]), names: names), "\(line)")
      let value = calculation.value { values[$0] }
      guard let wanted = Double(words[1]) else {
        #expect(value == nil, "\(line)")
        continue
      }
      known += 1
      let error = value.map { abs($0 - wanted) } ?? .infinity
      #expect(error <= 1e-12 * max(1, wanted.magnitude), "\(line)")
    }
    #expect(known > 100)
  }

  private let recorded = """
    a,2,GT,2,EXC,COS,+,LOG,INF,-3,%,+ unknown
    c,u,LE,UNKN,b,MIN,% unknown
    zero,a,ADDNAN,2,-,a,2,SMAX 6.0
    b,RAD2DEG 229.18311804
    UNKN,u,GT unknown
    a,2,UNKN,MIN,EXC,b,0.5,%,UNKN,EQ,EQ,* unknown
    UNKN,2,a,-3,MAX,UNKN,GE,DUP,SIN,4,AVG,u,% unknown
    a,INF,-,UN,UNKN,NE,0.5,NE,DUP,MIN unknown
    a,LOG,NEGINF,CEIL,b,MINNAN,INF,3,SMIN unknown
    NEGINF,c,LT,100,UNKN,2,2,AVG,IF,c,DUP,MINNAN,MAX 100.0
    -3,UNKN,EXC,b,3,AVG,zero,NE,a,MINNAN,RAD2DEG,LOG 4.0482269649870135
    -3,DUP,c,MIN,EXC,MAX -3.0
    b,LOG,zero,DUP,ATAN,3,SMAX,a,-3,2,SMIN,% 1.3862943611198906
    0.5,a,UN,% unknown
    b,DUP,LE,DUP,EQ,SQRT,DUP,c,POW,2,MEDIAN 1.0
    INF,UNKN,NEGINF,b,+,b,3,SMAX,/ unknown
    NEGINF,zero,MAXNAN,-3,INF,LE,/ 0.0
    b,-3,MAX,b,100,ADDNAN,DEG2RAD,SIN,zero,100,EQ,EXC,GT,POW 1.0
    INF,c,MIN,DUP,LOG,EXC,* unknown
    b,DUP,CEIL,DUP,INF,POW,-,MINNAN,b,100,DUP,MAX,GT,MIN unknown
    UNKN,ATAN,COS,c,a,DUP,4,SMIN -1.25
    zero,CEIL 0.0
    c,NEGINF,CEIL,zero,NEGINF,zero,-,DUP,INF,-,MAXNAN,%,NE,GT 0.0
    UNKN,u,MAX,a,MAXNAN 6.0
    c,SQRT,a,DUP,LT,POW 1.0
    b,INF,DUP,2,MEDIAN,ADDNAN,SIN,NEGINF,SQRT,- unknown
    0.5,u,a,*,LT unknown
    UNKN,a,ATAN,DUP,MAX,%,2,EXC,2,MEDIAN,b,EXC,MAX 4.0
    0.5,u,MINNAN,2,-,INF,INF,IF unknown
    INF,a,UN,+,INF,POW unknown
    zero,zero,DUP,a,POW,/,% unknown
    zero,b,u,a,-3,/,-3,%,MINNAN,IF -2.0
    u,DUP,CEIL,100,3,SMAX,NEGINF,EXC,LE 1.0
    NEGINF,b,c,ISINF,LE,NE,DUP,POW 1.0
    u,SIN,-3,LT,100,zero,ATAN2,DUP,MAX,ISINF,POW 1.0
    c,RAD2DEG,INF,EQ,a,a,MINNAN,a,UNKN,a,EQ,IF,* 0.0
    u,COS,b,zero,*,EXC,100,LOG,b,POW,MINNAN,2,GT,GE 0.0
    a,a,zero,LT,NE 1.0
    INF,2,0.5,3,MEDIAN,UNKN,ADDNAN,100,b,a,/,MAXNAN,EXC,EXC,EXC,EXC,2,SMIN 2.0
    u,a,100,2,MEDIAN,POW unknown
    b,a,DUP,2,SMAX,EQ,INF,DUP,UN,NE,EQ 0.0
    INF,a,2,SMAX,b,2,AVG,b,MINNAN 4.0
    b,2,ISINF,NEGINF,LIMIT unknown
    u,INF,CEIL,GE unknown
    100,DUP,c,ISINF,-,b,MINNAN,MINNAN,ISINF,a,INF,*,2,SMAX unknown
    c,DUP,100,LT,*,b,b,IF 4.0
    NEGINF,DUP,2,u,a,2,AVG,b,c,MIN,u,0.5,7,AVG unknown
    100,SQRT,CEIL,EXP,a,MAX 22026.465794806718
    b,COS,ABS,-3,2,SMAX 0.6536436208636119
    -3,2,u,MAX,0.5,0.5,MINNAN,MIN,+ unknown
    -3,DUP,b,c,ATAN,zero,DUP,b,NEGINF,zero,DEG2RAD,LIMIT,MAXNAN,3,MEDIAN,MIN,+,ADDNAN -6.0
    a,b,UNKN,MAXNAN,GT,UNKN,DUP,POW,*,b,GE,DUP,NE unknown
    2,DUP,u,3,MEDIAN,DUP,b,MAXNAN,MAX,c,2,SMAX 4.0
    a,zero,ATAN2,ISINF,a,b,b,ABS,100,*,2,AVG,/,2,MEDIAN 0.01485148514851485
    zero,NEGINF,b,zero,MINNAN,3,AVG unknown
    b,b,-3,/,NE,DUP,INF,-3,*,POW,/ 1.0
    c,2,EXC,UNKN,DUP,GE,-,POW unknown
    a,-3,DUP,EXC,3,SMIN -3.0
    c,a,2,SMIN -1.25
    UNKN,2,2,SMAX,RAD2DEG,UNKN,NE,2,POW,0.5,b,LT,2,SMAX 1.0
    b,zero,EXC,u,ATAN2,RAD2DEG,UNKN,0.5,MAXNAN,-,EXC,+ unknown
    2,INF,c,DUP,ADDNAN,ATAN2,MAXNAN 2.0
    UNKN,100,EXC,2,AVG,0.5,COS,b,b,u,MAX,/,2,MEDIAN,MAXNAN 100.0
    a,0.5,GE,DEG2RAD 0.0174532952
    NEGINF,EXP,-3,100,IF,0.5,2,SMIN,LOG,0.5,b,2,SMAX,2,AVG 1.6534264097200273
    a,CEIL,-3,DUP,EXC,POW,FLOOR,CEIL,2,MEDIAN 2.5
    NEGINF,DUP,100,/,a,ATAN,ISINF,EQ,/ unknown
    INF,0.5,EXC,zero,zero,*,2,SMIN,EQ,b,/ 0.0
    b,a,EXC,COS,/ -9.179313938798385
    100,2,ATAN2,0.5,MAXNAN,EXP,FLOOR,b,SIN,MIN -0.7568024953079282
    NEGINF,DUP,DUP,a,DUP,-3,2,LIMIT,EXC,100,5,SMAX,EXC,2,MEDIAN unknown
    zero,b,100,SQRT,c,RAD2DEG,/,a,u,GT,ATAN2,/,EXC,NE unknown
    c,u,DUP,0.5,u,4,SMIN,MAXNAN 0.5
    b,UNKN,GT unknown
    INF,c,EQ 0.0
    u,DUP,zero,GT,EXC,EXC,EXC,2,SMAX unknown
    zero,DUP,+,DUP,b,EXC,u,3,AVG,+,b,SQRT,EQ 1.0
    a,a,*,u,DEG2RAD,EQ,INF,EXC,-3,ADDNAN,MAXNAN unknown
    zero,c,POW,a,LT,zero,NE,2,LE,0.5,zero,GE,GE 1.0
    zero,u,2,SMAX 0.0
    b,DUP,100,LIMIT,b,- 0.0
    a,DUP,DUP,POW,INF,3,AVG,DUP,u,GE,zero,100,*,ADDNAN,MINNAN 0.0
    b,b,GT,INF,a,EQ,POW 1.0
    0.5,c,/,zero,POW,a,2,SMAX,SIN -0.27941549819892586
    0.5,zero,% unknown
    c,-3,SIN,2,SMIN,u,EXC,DUP,b,POW,MINNAN,MAXNAN -1.25
    a,0.5,EXC,LE 1.0
    b,EXP,DEG2RAD,DUP,%,LOG,DUP,2,AVG unknown
    a,zero,MIN,a,ISINF,u,FLOOR,SQRT,EXP,+,- unknown
    b,ATAN,b,NEGINF,ADDNAN,u,IF unknown
    -3,zero,EXC,EXC,2,SMAX 0.0
    b,INF,-3,3,SMIN,b,%,DUP,2,SMAX,zero,a,3,SMAX 6.0
    100,INF,b,b,/,IF,DUP,CEIL,NE,0.5,POW 0.0
    -3,DUP,EXC,zero,NEGINF,GT,LIMIT -3.0
    zero,c,MIN,DUP,MINNAN,a,SIN,ATAN,MAXNAN,DUP,EXC,MIN -0.2724666125241785
    100,UNKN,0.5,+,INF,MAXNAN,2,SMIN,b,* 400.0
    100,u,EXC,EXC,ATAN,RAD2DEG,EXP,100,LIMIT,UNKN,ISINF,GT unknown
    c,u,EXP,a,GE,DUP,DUP,DUP,NEGINF,-3,-,IF,NE,EXC,/,+ unknown
    -3,DUP,u,COS,b,ADDNAN,u,RAD2DEG,DUP,u,3,MEDIAN,MAX,+,GE unknown
    zero,c,INF,SIN,IF,c,GE,100,SIN,a,MIN,+ unknown
    -3,DUP,DUP,2,SMIN,ADDNAN,b,2,AVG -1.0
    NEGINF,SQRT,zero,GE,UNKN,b,-3,POW,GE,EXC,EXC,MINNAN unknown
    b,EXP,u,2,MEDIAN 54.598150033144236
    b,a,FLOOR,GE,a,b,MAX,0.5,a,ADDNAN,+,* 0.0
    c,100,SIN,2,INF,MIN,IF,u,c,LT,2,GT,2,AVG -0.5063656411097588
    INF,EXP,zero,2,SMAX unknown
    -3,100,UN,*,DUP,c,UNKN,LE,MAXNAN,100,EXC,*,GE 1.0
    c,b,MINNAN -1.25
    INF,DUP,*,CEIL,u,DUP,2,AVG,GE unknown
    u,DUP,NE,SQRT,zero,2,SMIN,RAD2DEG,a,ISINF,EQ 1.0
    a,NEGINF,2,SMAX 6.0
    b,zero,2,MEDIAN,DEG2RAD 0.0349065904
    zero,INF,+ unknown
    a,SIN,zero,EXC,a,b,a,UNKN,ABS,ATAN2,MAX,-,EXC,/,MAX unknown
    a,NEGINF,zero,UNKN,POW,b,3,AVG,LOG,c,3,MEDIAN 2.375
    2,100,ADDNAN,NEGINF,2,SMIN,a,MINNAN,100,-3,ADDNAN,EXC,GE 1.0
    zero,2,EXC,EXC,INF,NEGINF,c,SIN,COS,MIN,MAX,GT,EXC,EXC,+ 0.0
    b,-3,POW,NEGINF,b,b,3,MEDIAN,2,NE,GE 0.0
    zero,INF,2,SMIN,b,0.5,3,SMIN 0.0
    b,0.5,a,+,UNKN,GE,/ unknown
    0.5,NEGINF,EXC,b,2,SMAX,2,MINNAN,2,SMIN unknown
    zero,c,MINNAN -1.25
    a,DUP,DEG2RAD,-3,-,+,a,+,2,100,MIN,NE 1.0
    b,DUP,LE,0.5,MAXNAN,INF,EXC,a,INF,2,-3,INF,GE,3,MEDIAN,POW,LIMIT unknown
    INF,ABS,b,EXP,EQ 0.0
    zero,UNKN,ADDNAN,b,NE,-3,a,*,+ -17.0
    -3,a,EXC,2,SMIN,c,EQ 0.0
    2,a,2,AVG,zero,GE 1.0
    0.5,LOG,CEIL,NEGINF,ISINF,a,100,NEGINF,MIN,ATAN2,*,EQ 0.0
    b,COS,a,a,IF,INF,zero,LE,MAXNAN 6.0
    b,c,UNKN,IF,INF,UNKN,GT,MINNAN -1.25
    a,0.5,/,SIN,u,NEGINF,2,SMAX,NE 1.0
    a,UN,0.5,ATAN2,NEGINF,LE,DUP,2,SMAX,zero,2,SMAX 0.0
    u,LOG,a,MIN,a,GE unknown
    -3,INF,/,SIN,b,MAXNAN,RAD2DEG 229.18311804
    u,INF,INF,0.5,LIMIT,- unknown
    NEGINF,LOG,UNKN,b,c,SIN,EQ,-,+ unknown
    b,0.5,DUP,a,EXC,-3,MINNAN,4,SMIN -3.0
    u,100,100,2,SMAX,POW unknown
    a,a,2,NEGINF,DUP,-3,a,DUP,/,4,AVG,*,NE,EQ 0.0
    a,a,2,SMAX,-3,+,UN,ISINF,a,a,DEG2RAD,+,EXC,POW 1.0
    b,UN,COS,INF,/,DUP,LE 1.0
    zero,a,POW 0.0
    u,DUP,INF,2,MEDIAN,b,MINNAN,GT unknown
    2,a,INF,MAX,- unknown
    zero,-3,EQ 0.0
    zero,zero,%,NEGINF,NE unknown
    b,0.5,NEGINF,LIMIT,b,100,2,AVG,ADDNAN 52.0
    b,DUP,a,LT,EXC,EXC,GT 1.0
    a,b,INF,NEGINF,MIN,EQ,EXC,EXC,POW 1.0
    a,b,CEIL,EXP,UN,GT,2,u,INF,-3,MAXNAN,NEGINF,MIN,/,MAXNAN,LE 1.0
    b,NEGINF,EQ,zero,0.5,LE,INF,MINNAN,ATAN2,ISINF,INF,EXC,% unknown
    UNKN,zero,EXC,-,-3,-3,c,-,a,MIN,MINNAN,LE unknown
    a,UNKN,a,-3,u,a,u,MAX,MIN,/,EXC,4,SMIN 6.0
    a,UN,b,a,GT,% unknown
    u,UN,DUP,DUP,-3,3,SMAX,MIN 1.0
    NEGINF,b,2,AVG,a,0.5,LIMIT,0.5,LE,b,% unknown
    a,UNKN,SIN,EXC,b,a,a,LIMIT,LE,MIN unknown
    a,zero,c,GT,-3,b,EQ,a,MINNAN,b,a,zero,MAXNAN,MIN,MINNAN,2,MEDIAN,% 0.0
    b,DUP,NE,a,EXC,2,SMIN 0.0
    zero,DUP,GE 1.0
    u,DUP,u,2,NE,GE,NEGINF,100,LT,-,POW,a,EXC,% unknown
    UNKN,c,GT,c,DUP,c,*,+,INF,2,4,SMAX unknown
    0.5,EXP,b,b,+,2,AVG,b,MINNAN,UNKN,ADDNAN 4.0
    zero,CEIL,INF,100,+,DUP,MINNAN,EQ 0.0
    zero,zero,/ unknown
    UNKN,u,%,UNKN,MAXNAN,b,LT unknown
    b,UN,a,INF,DEG2RAD,GT,* 0.0
    a,b,MAX 6.0
    b,b,a,GE,EQ,b,%,UNKN,b,-3,MINNAN,IF -3.0
    b,UNKN,DUP,NE,0.5,2,100,EXC,IF,LE,% unknown
    b,NEGINF,0.5,GT,+ 4.0
    b,ATAN,DUP,UNKN,IF 1.3258176636680326
    b,NEGINF,zero,-,INF,ATAN2,ADDNAN 3.2146018366025517
    b,DUP,DEG2RAD,MAXNAN 4.0
    UNKN,UNKN,-3,LOG,MAXNAN,COS,GE,INF,/,b,2,AVG 4.0
    b,b,c,GE,*,a,NEGINF,c,NE,ATAN2,POW 7.019144960053835
    u,DUP,2,SMAX unknown
    a,ABS,0.5,zero,LT,EXC,2,SMAX 6.0
    NEGINF,INF,EXC,-3,NEGINF,NE,u,*,EQ,MAXNAN unknown
    100,-3,b,NE,% 0.0
    a,NEGINF,ADDNAN unknown
    b,ATAN,NEGINF,*,CEIL,UNKN,GT unknown
    UNKN,u,INF,-3,ATAN2,+,POW unknown
    a,2,ATAN2,u,*,NEGINF,MAXNAN unknown
    b,a,c,*,EXC,LE 1.0
    b,2,0.5,DEG2RAD,CEIL,a,a,INF,POW,DUP,IF,*,LIMIT 4.0
    u,b,ADDNAN 4.0
    NEGINF,UN,-3,LE,2,UNKN,+,RAD2DEG,a,INF,ADDNAN,EQ,POW unknown
    c,INF,DUP,INF,a,EXC,GT,3,SMIN,MAXNAN 0.0
    100,b,EQ 0.0
    b,-3,DUP,EXC,LIMIT unknown
    INF,SIN,zero,zero,/,% unknown
    INF,u,DUP,IF,b,MAXNAN,DUP,LT,INF,EXC,MINNAN 0.0
    2,zero,MAXNAN,EXP,0.5,EXC,COS,ADDNAN,b,2,AVG,-3,MIN -3.0
    0.5,COS,b,DUP,EXC,GE,MAXNAN 1.0
    zero,a,UN,GE,u,SIN,EXC,NE unknown
    a,a,b,/,MIN,DUP,NEGINF,+,2,AVG unknown
    b,DEG2RAD 0.0698131808
    b,0.5,GE,UNKN,100,b,4,MEDIAN,INF,POW unknown
    -3,ABS,a,DUP,DUP,a,/,4,SMIN,DUP,EXC,% 0.0
    2,a,INF,-,LT 0.0
    NEGINF,UNKN,2,AVG,a,SQRT,EXC,c,a,NEGINF,UN,-3,4,AVG,POW,EXC,+ unknown
    INF,c,EXC,EXC,ADDNAN,zero,RAD2DEG,u,0.5,4,MEDIAN 0.5
    0.5,UNKN,a,EXC,INF,2,MEDIAN,a,*,LT,MIN 0.5
    u,c,0.5,-,MINNAN -1.75
    UNKN,UN,b,2,AVG,-3,* -7.5
    -3,INF,u,DUP,-,c,ABS,MINNAN,2,AVG,EXC,- unknown
    NEGINF,c,2,SMAX,LOG,DUP,EQ,INF,DUP,LE,LT unknown
    a,2,EXC,a,NEGINF,b,EQ,0.5,POW,IF,MAXNAN 6.0
    2,zero,c,a,zero,EXC,LE,LE,MINNAN,+ 2.0
    b,DEG2RAD,0.5,POW,EXP,a,EXC,DUP,GT,ADDNAN,-3,ADDNAN 3.0
    100,zero,GE,UN 0.0
    a,ABS,u,UNKN,LIMIT,DUP,ATAN,DUP,0.5,4,MEDIAN,RAD2DEG 28.647889755
    UNKN,INF,GT,SIN,DUP,/,zero,MAX,zero,CEIL,2,AVG 0.0
    b,ABS,a,2,SQRT,+,%,a,EQ,INF,DUP,DUP,LIMIT,GT 0.0
    a,b,COS,2,SMIN,-3,-3,EQ,zero,GT,MINNAN -0.6536436208636119
    a,RAD2DEG,c,LE,u,LT unknown
    100,NEGINF,*,ATAN,UN,c,/,FLOOR -0.0
    """
}
