<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AboutDialog</name>
    <message>
        <source>About UAO Pose</source>
        <translation>关于 UAO Pose</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy all of this as text, for a report</source>
        <translation>将以上全部内容复制为文本，便于反馈问题</translation>
    </message>
    <message>
        <source>MIT licence</source>
        <translation>MIT 许可证</translation>
    </message>
    <message>
        <source>3D motion capture from one camera</source>
        <translation>单摄像头三维动作捕捉</translation>
    </message>
    <message>
        <source>Bundled clip: Temuge Batpurev, bodypose3d</source>
        <translation>内置示例视频：Temuge Batpurev，bodypose3d</translation>
    </message>
    <message>
        <source>Pose detector: Google, MediaPipe pose landmarker</source>
        <translation>姿态检测器：Google，MediaPipe 姿态关键点检测</translation>
    </message>
    <message>
        <source>Lifters: trained by this project</source>
        <translation>三维提升网络：由本项目训练</translation>
    </message>
    <message>
        <source>Motion they learned from: CMU Graphics Lab Motion Capture Database</source>
        <translation>训练所用动作：CMU Graphics Lab 动作捕捉数据库</translation>
    </message>
    <message>
        <source>free for all uses</source>
        <translation>可自由使用</translation>
    </message>
    <message>
        <source>Motion they learned from: UI-PRMD, Vakanski et al.</source>
        <translation>训练所用动作：UI-PRMD，Vakanski 等</translation>
    </message>
    <message>
        <source>Computing device</source>
        <translation>计算设备</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>The method is that of Wang et al., Uncertainty-Aware Testing-Time Optimization for 3D Human Pose Estimation, IEEE Transactions on Multimedia 2025 (arXiv 2402.02339).</source>
        <translation>方法出自 Wang 等人的论文 Uncertainty-Aware Testing-Time Optimization for 3D Human Pose Estimation，IEEE Transactions on Multimedia 2025（arXiv 2402.02339）。</translation>
    </message>
    <message>
        <source>The data used in this project was obtained from mocap.cs.cmu.edu. The database was created with funding from NSF EIA-0196217.</source>
        <translation>本项目所用数据来自 mocap.cs.cmu.edu，该数据库由 NSF EIA-0196217 资助建立。</translation>
    </message>
    <message>
        <source>What comes with it</source>
        <translation>随附内容</translation>
    </message>
    <message>
        <source>What it is built on</source>
        <translation>所用软件包</translation>
    </message>
    <message>
        <source>Where it runs</source>
        <translation>运行环境</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Note</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Close message</source>
        <translation>关闭消息</translation>
    </message>
    <message>
        <source>Close this message (Esc)</source>
        <translation>关闭此消息（Esc）</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>&amp;Open video…</source>
        <translation>打开视频(&amp;O)…</translation>
    </message>
    <message>
        <source>&amp;Record</source>
        <translation>录制(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>导出(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;Play</source>
        <translation>播放(&amp;P)</translation>
    </message>
    <message>
        <source>Step &amp;back</source>
        <translation>上一帧(&amp;B)</translation>
    </message>
    <message>
        <source>Step &amp;forward</source>
        <translation>下一帧(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Reset view</source>
        <translation>重置视角(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Close source</source>
        <translation>关闭(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>Draw the lifter&apos;s estimate as thin lines, to see what the optimization changed</source>
        <translation>用细线画出网络的初始估计，以便看出优化改变了什么</translation>
    </message>
    <message>
        <source>Pose before &amp;UAO</source>
        <translation>UAO 优化前的姿态(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Keys and mouse</source>
        <translation>快捷键与鼠标(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;About UAO Pose</source>
        <translation>关于 UAO Pose(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Camera</source>
        <translation>摄像头(&amp;C)</translation>
    </message>
    <message>
        <source>Open re&amp;cent</source>
        <translation>最近打开(&amp;N)</translation>
    </message>
    <message>
        <source>As the &amp;system</source>
        <translation>跟随系统(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>浅色(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>深色(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Playback</source>
        <translation>播放(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>语言(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>Toolbar</source>
        <translation>工具栏</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>摄像头</translation>
    </message>
    <message>
        <source>Choose a webcam</source>
        <translation>选择摄像头</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>Stop &amp;recording</source>
        <translation>停止录制(&amp;R)</translation>
    </message>
    <message>
        <source>Nothing yet</source>
        <translation>暂无</translation>
    </message>
</context>
<context>
    <name>KeysDialog</name>
    <message>
        <source>Keys and mouse</source>
        <translation>快捷键与鼠标</translation>
    </message>
    <message>
        <source>Turn</source>
        <translation>旋转</translation>
    </message>
    <message>
        <source>drag, or Shift+arrows</source>
        <translation>拖动，或 Shift+方向键</translation>
    </message>
    <message>
        <source>Move</source>
        <translation>平移</translation>
    </message>
    <message>
        <source>right-drag, or Shift-drag</source>
        <translation>右键拖动，或按住 Shift 拖动</translation>
    </message>
    <message>
        <source>Nearer, farther</source>
        <translation>拉近、拉远</translation>
    </message>
    <message>
        <source>wheel, or + and -</source>
        <translation>滚轮，或 + 和 -</translation>
    </message>
    <message>
        <source>Back to the first view</source>
        <translation>回到初始视角</translation>
    </message>
    <message>
        <source>double-click, or Home</source>
        <translation>双击，或 Home</translation>
    </message>
    <message>
        <source>Go to a frame</source>
        <translation>跳到某一帧</translation>
    </message>
    <message>
        <source>click or drag</source>
        <translation>单击或拖动</translation>
    </message>
    <message>
        <source>Ten frames back, forward</source>
        <translation>后退、前进十帧</translation>
    </message>
    <message>
        <source>Page Up, Page Down</source>
        <translation>Page Up、Page Down</translation>
    </message>
    <message>
        <source>First, last frame</source>
        <translation>第一帧、最后一帧</translation>
    </message>
    <message>
        <source>Home, End</source>
        <translation>Home、End</translation>
    </message>
    <message>
        <source>Open a video</source>
        <translation>打开视频</translation>
    </message>
    <message>
        <source>drop it on the window</source>
        <translation>拖放到窗口中</translation>
    </message>
    <message>
        <source>To the next control, the one before</source>
        <translation>下一个、上一个控件</translation>
    </message>
    <message>
        <source>Tab, Shift+Tab</source>
        <translation>Tab、Shift+Tab</translation>
    </message>
    <message>
        <source>To the menus</source>
        <translation>进入菜单</translation>
    </message>
    <message>
        <source>Alt, or F10</source>
        <translation>Alt 或 F10</translation>
    </message>
    <message>
        <source>Close the message that has the focus</source>
        <translation>关闭焦点所在的消息</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Orbit the 3D view</source>
        <translation>三维视图</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>时间轴</translation>
    </message>
    <message>
        <source>Anywhere</source>
        <translation>任何位置</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Joints</source>
        <translation>关节</translation>
    </message>
    <message>
        <source>Processing</source>
        <translation>处理</translation>
    </message>
    <message>
        <source>Nobody was found in {name}. The person should be seen from head to knees at least, in even light, and fill more than a tenth of the picture&apos;s height.</source>
        <translation>在 {name} 中没有找到人。人物至少应从头到膝可见，光线均匀，高度超过画面的十分之一。</translation>
    </message>
    <message>
        <source>Wrote {path}</source>
        <translation>已写入 {path}</translation>
    </message>
    <message>
        <source>Recorded {frames} pictures to {path}</source>
        <translation>已录制 {frames} 帧画面到 {path}</translation>
    </message>
    <message>
        <source>; {count} were left out by a slow disk</source>
        <translation>；因磁盘较慢丢失 {count} 帧</translation>
    </message>
    <message>
        <source>Videos ({suffixes});;All files (*)</source>
        <translation>视频 ({suffixes});;所有文件 (*)</translation>
    </message>
    <message>
        <source>Open video</source>
        <translation>打开视频</translation>
    </message>
    <message>
        <source>BVH motion (*.bvh);;JSON with uncertainty (*.json)</source>
        <translation>BVH 动作 (*.bvh);;带不确定度的 JSON (*.json)</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>No webcam is plugged in</source>
        <translation>未接入摄像头</translation>
    </message>
</context>
<context>
    <name>Preferences</name>
    <message>
        <source>The language changes when the program is started anew.</source>
        <translation>下次启动程序时语言生效。</translation>
    </message>
</context>
<context>
    <name>Scale</name>
    <message>
        <source>sure, {error} mm</source>
        <translation>确定，{error} 毫米</translation>
    </message>
    <message>
        <source>a guess, {error} mm and more</source>
        <translation>猜测，{error} 毫米以上</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>What is going on</source>
        <translation>当前状态</translation>
    </message>
    <message>
        <source>Figures of this frame</source>
        <translation>本帧数据</translation>
    </message>
    <message>
        <source>Mean expected error of all joints; distance of the pose from the 2D keypoints, before and after UAO</source>
        <translation>所有关节的平均预期误差；UAO 优化前后姿态与二维关键点的距离</translation>
    </message>
    <message>
        <source>Processed frames</source>
        <translation>已处理的帧</translation>
    </message>
    <message>
        <source>Nobody in this frame</source>
        <translation>本帧中没有人</translation>
    </message>
    <message>
        <source>expected error {error} mm   ·   reprojection {before} → {after} px   ·   {device}</source>
        <translation>预期误差 {error} 毫米   ·   重投影 {before} → {after} 像素   ·   {device}</translation>
    </message>
    <message>
        <source>Opening…</source>
        <translation>正在打开…</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>Live   {fps} fps   {latency} ms from grab to picture</source>
        <translation>实时   {fps} 帧/秒   从采集到显示 {latency} 毫秒</translation>
    </message>
    <message>
        <source>Recording {seconds} s</source>
        <translation>正在录制 {seconds} 秒</translation>
    </message>
    <message>
        <source>Nobody was found in this video</source>
        <translation>视频中没有找到人</translation>
    </message>
    <message>
        <source>Frame {frame} of {count}   {time} s</source>
        <translation>第 {frame} 帧，共 {count} 帧   {time} 秒</translation>
    </message>
    <message>
        <source>Processing frame {done}</source>
        <translation>正在处理第 {done} 帧</translation>
    </message>
    <message>
        <source>Processing frame {done} of {total}</source>
        <translation>正在处理第 {done} 帧，共 {total} 帧</translation>
    </message>
    <message>
        <source>Processing frame {done} of {total}, about {seconds} s left</source>
        <translation>正在处理第 {done} 帧，共 {total} 帧，约剩 {seconds} 秒</translation>
    </message>
    <message>
        <source>Processing frame {done} of {total}, about {minutes} min left</source>
        <translation>正在处理第 {done} 帧，共 {total} 帧，约剩 {minutes} 分钟</translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>Timeline</source>
        <translation>时间轴</translation>
    </message>
    <message>
        <source>Mean expected error of every frame. Click or drag to seek; arrow keys step.</source>
        <translation>每一帧的平均预期误差。单击或拖动可跳转；方向键逐帧移动。</translation>
    </message>
    <message>
        <source>Frame {frame} of {count}</source>
        <translation>第 {frame} 帧，共 {count} 帧</translation>
    </message>
</context>
<context>
    <name>WaitingPage</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Do not open it</source>
        <translation>不打开</translation>
    </message>
    <message>
        <source>Opening {name}</source>
        <translation>正在打开 {name}</translation>
    </message>
    <message>
        <source>The first frames appear as soon as they are found.</source>
        <translation>处理出最初几帧后立即显示。</translation>
    </message>
    <message>
        <source>Waiting for {name}</source>
        <translation>正在等待 {name}</translation>
    </message>
    <message>
        <source>the camera</source>
        <translation>摄像头</translation>
    </message>
    <message>
        <source>Its light goes on. If nothing comes, the system may be asking whether it may be used.</source>
        <translation>摄像头的指示灯会亮起。如果没有画面，系统可能正在询问是否允许使用。</translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>A file with one person in it. Every frame is processed.</source>
        <translation>画面中有一个人的视频文件，逐帧处理。</translation>
    </message>
    <message>
        <source>See yourself live, and record a take.</source>
        <translation>实时查看自己的动作，并可录制。</translation>
    </message>
    <message>
        <source>Nine seconds that come with the program.</source>
        <translation>程序自带的九秒视频。</translation>
    </message>
    <message>
        <source>Open a video</source>
        <translation>打开视频</translation>
    </message>
    <message>
        <source>Use a webcam</source>
        <translation>使用摄像头</translation>
    </message>
    <message>
        <source>Try the bundled clip</source>
        <translation>试用示例视频</translation>
    </message>
    <message>
        <source>Every joint is coloured by its expected error: how far off it may be.</source>
        <translation>每个关节按预期误差着色：颜色表示它可能偏差多远。</translation>
    </message>
    <message>
        <source>Nothing leaves this computer: the program opens no network connection.</source>
        <translation>数据不会离开本机：程序不建立任何网络连接。</translation>
    </message>
    <message>
        <source>UAO Pose</source>
        <translation>UAO Pose</translation>
    </message>
    <message>
        <source>3D motion capture from one camera</source>
        <translation>单摄像头三维动作捕捉</translation>
    </message>
    <message>
        <source>Or drop a video anywhere in this window.</source>
        <translation>也可以将视频拖放到窗口的任意位置。</translation>
    </message>
    <message>
        <source>Opened last</source>
        <translation>最近打开</translation>
    </message>
</context>
</TS>
