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
    <name>BatchQueue</name>
    <message>
        <source>There is no video in what was added.</source>
        <translation>所添加的内容中没有视频。</translation>
    </message>
</context>
<context>
    <name>CameraPanel</name>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Look for webcams again</source>
        <translation>重新查找摄像头</translation>
    </message>
    <message>
        <source>camera&apos;s own</source>
        <translation>摄像头默认</translation>
    </message>
    <message>
        <source>Finer pictures cost time; the detector sees hardly more than 640 x 480.</source>
        <translation>分辨率越高越耗时；检测器能利用的细节几乎不超过 640 x 480。</translation>
    </message>
    <message>
        <source>{fps} fps</source>
        <translation>{fps} 帧/秒</translation>
    </message>
    <message>
        <source>What the camera gives may differ; it is shown below.</source>
        <translation>摄像头的实际输出可能不同，见下方。</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>What the camera gives</source>
        <translation>摄像头的实际输出</translation>
    </message>
    <message>
        <source>&amp;Camera</source>
        <translation>摄像头(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Resolution</source>
        <translation>分辨率(&amp;R)</translation>
    </message>
    <message>
        <source>Frame r&amp;ate</source>
        <translation>帧率(&amp;A)</translation>
    </message>
    <message>
        <source>No webcam</source>
        <translation>无摄像头</translation>
    </message>
    <message>
        <source>The camera has gone away. It is opened again as soon as it is back.</source>
        <translation>摄像头已断开，重新接入后会自动打开。</translation>
    </message>
    <message>
        <source>No webcam is plugged in. Plug one in, then press Refresh.</source>
        <translation>未接入摄像头。请接入后按“刷新”。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>{width}x{height} at {fps} fps</source>
        <translation>{width}x{height}，{fps} 帧/秒</translation>
    </message>
    <message>
        <source>{width}x{height}</source>
        <translation>{width}x{height}</translation>
    </message>
    <message>
        <source>for the camera&apos;s own choice</source>
        <translation>摄像头默认</translation>
    </message>
    <message>
        <source>asked {asked}, getting {given}</source>
        <translation>请求：{asked}；实际：{given}</translation>
    </message>
    <message>
        <source>The picture is black: is the lens covered, or the camera forbidden to this program?</source>
        <translation>画面全黑：镜头是否被遮挡，或系统未允许本程序使用摄像头？</translation>
    </message>
    <message>
        <source>The picture does not change: the camera is frozen. Plug it in again.</source>
        <translation>画面静止不变：摄像头已卡死，请重新插拔。</translation>
    </message>
    <message>
        <source>Motion is lost between so few pictures: more light, a smaller picture or another socket may bring more.</source>
        <translation>画面过少，其间的动作会丢失：增加照明、减小画面或换一个接口或可改善。</translation>
    </message>
    <message>
        <source>In dim light cameras halve their rate: more light may bring it back.</source>
        <translation>光线较暗时摄像头会将帧率减半；增加照明或可恢复。</translation>
    </message>
</context>
<context>
    <name>CameraTrouble</name>
    <message>
        <source>There is no camera {index}; no webcam is plugged in.</source>
        <translation>没有编号为 {index} 的摄像头；未接入任何摄像头。</translation>
    </message>
    <message>
        <source>There is no camera {index}; plugged in are: {plugged}.</source>
        <translation>没有编号为 {index} 的摄像头；已接入的有：{plugged}。</translation>
    </message>
    <message>
        <source>{camera} may not be used by you: {device} is for the group {group}; join it (sudo usermod -aG {group} $USER) and log in again.</source>
        <translation>您无权使用{camera}：{device} 属于用户组 {group}；请加入该组（sudo usermod -aG {group} $USER）后重新登录。</translation>
    </message>
    <message>
        <source>{camera} is used by another program; end that one (a video call, a browser) and open the camera again.</source>
        <translation>{camera}正被其他程序占用；请关闭该程序（视频通话、浏览器等）后重新打开摄像头。</translation>
    </message>
    <message>
        <source>{camera} cannot be opened; another program may use it, or it is stuck: unplug it and plug it in again.</source>
        <translation>无法打开{camera}；可能被其他程序占用或已卡死，请重新插拔。</translation>
    </message>
    <message>
        <source>Windows may forbid it (Settings &gt; Privacy &amp; security &gt; Camera, with a switch of its own for desktop apps)</source>
        <translation>Windows 可能禁止使用（设置 &gt; 隐私和安全性 &gt; 摄像头，桌面应用另有开关）</translation>
    </message>
    <message>
        <source>macOS may forbid it (System Settings &gt; Privacy &amp; Security &gt; Camera: allow this program, or the terminal that it was started from, then start it again)</source>
        <translation>macOS 可能禁止使用（系统设置 &gt; 隐私与安全性 &gt; 摄像头：允许本程序或启动它的终端，然后重新启动）</translation>
    </message>
    <message>
        <source>the system may forbid it</source>
        <translation>系统可能禁止使用</translation>
    </message>
    <message>
        <source>{camera} cannot be opened: another program may use it, or {privacy}.</source>
        <translation>无法打开{camera}：可能被其他程序占用，或{privacy}。</translation>
    </message>
    <message>
        <source>{camera} gives no picture, for another program uses it; end that one and open the camera again.</source>
        <translation>{camera}没有画面，因为正被其他程序占用；请关闭该程序后重新打开摄像头。</translation>
    </message>
    <message>
        <source>{camera} gives no picture; check its cover and its cable, end other programs that may use it, or choose another resolution or rate.</source>
        <translation>{camera}没有画面；请检查镜头盖和连接线，关闭可能占用它的其他程序，或选择其他分辨率或帧率。</translation>
    </message>
    <message>
        <source>{camera} gives no picture; check its cover and its cable, end other programs that may use it.</source>
        <translation>{camera}没有画面；请检查镜头盖和连接线，关闭可能占用它的其他程序。</translation>
    </message>
    <message>
        <source>Camera {index}</source>
        <translation>摄像头 {index}</translation>
    </message>
</context>
<context>
    <name>ColourKey</name>
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
        <source>&amp;Batch of videos…</source>
        <translation>批处理视频(&amp;B)…</translation>
    </message>
    <message>
        <source>Process the open file anew: slower, with the steadiest detector and more steps</source>
        <translation>重新处理当前文件：使用最稳定的检测器和更多迭代，速度较慢</translation>
    </message>
    <message>
        <source>Process at &amp;best quality</source>
        <translation>以最佳质量处理(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
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
        <source>Stop &amp;recording</source>
        <translation>停止录制(&amp;R)</translation>
    </message>
    <message>
        <source>Nothing yet</source>
        <translation>暂无</translation>
    </message>
</context>
<context>
    <name>DisplayMenu</name>
    <message>
        <source>Pose before &amp;UAO</source>
        <translation>UAO 优化前的姿态(&amp;U)</translation>
    </message>
    <message>
        <source>Draw the lifter&apos;s estimate in 3D as thin lines</source>
        <translation>在三维视图中用细线画出网络的初始估计</translation>
    </message>
    <message>
        <source>C&amp;amera in 3D</source>
        <translation>三维视图中的摄像头(&amp;A)</translation>
    </message>
    <message>
        <source>Draw the camera and what it sees in 3D</source>
        <translation>在三维视图中画出摄像头及其视野</translation>
    </message>
    <message>
        <source>3D skeleton &amp;over video</source>
        <translation>视频上的三维骨骼(&amp;O)</translation>
    </message>
    <message>
        <source>Project the 3D skeleton back into the video</source>
        <translation>将三维骨骼重新投影到视频上</translation>
    </message>
    <message>
        <source>&amp;Keypoints over video</source>
        <translation>视频上的关键点(&amp;K)</translation>
    </message>
    <message>
        <source>Draw over the video what the detector found</source>
        <translation>在视频上画出检测器找到的关键点</translation>
    </message>
    <message>
        <source>Up to {error_mm} mm</source>
        <translation>最大 {error_mm} 毫米</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>&amp;Trail of a joint</source>
        <translation>关节轨迹(&amp;T)</translation>
    </message>
    <message>
        <source>Colou&amp;rs</source>
        <translation>配色(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Scale of the expected error</source>
        <translation>预期误差的量程(&amp;S)</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>{name} is there already. Replace it?</source>
        <translation>{name} 已存在。要替换吗？</translation>
    </message>
</context>
<context>
    <name>ExportPanel</name>
    <message>
        <source>Off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Soft</source>
        <translation>柔和</translation>
    </message>
    <message>
        <source>Full</source>
        <translation>完全</translation>
    </message>
    <message>
        <source>Holds feet that stand in their place, so that they do not slide.</source>
        <translation>固定着地的脚，避免滑步。</translation>
    </message>
    <message>
        <source>Hold the last pose</source>
        <translation>保持最后姿态</translation>
    </message>
    <message>
        <source>Pass smoothly</source>
        <translation>平滑过渡</translation>
    </message>
    <message>
        <source>Longest stretch only</source>
        <translation>仅最长连续段</translation>
    </message>
    <message>
        <source>What stands where nobody was seen.</source>
        <translation>无人时段的处理方式。</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Frames whose keypoints are less sure count as if nobody was seen.</source>
        <translation>关键点置信度更低的帧按无人处理。</translation>
    </message>
    <message>
        <source>What joints are called in BVH and glTF.</source>
        <translation>BVH 与 glTF 中的关节命名。</translation>
    </message>
    <message>
        <source>Metres</source>
        <translation>米</translation>
    </message>
    <message>
        <source>Centimetres</source>
        <translation>厘米</translation>
    </message>
    <message>
        <source>Lengths in BVH; Blender counts in metres.</source>
        <translation>BVH 的长度单位；Blender 使用米。</translation>
    </message>
    <message>
        <source>Best for each joint</source>
        <translation>逐关节最优</translation>
    </message>
    <message>
        <source>Order of a BVH&apos;s rotations. Sitting thighs are at the pole of ZXY, where curves jump.</source>
        <translation>BVH 的旋转顺序。坐姿时大腿处于 ZXY 的极点，曲线会跳变。</translation>
    </message>
    <message>
        <source>any</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>TRC, C3D, CSV and NPZ leave joints out that may be farther off.</source>
        <translation>TRC、C3D、CSV 和 NPZ 中省略误差可能更大的关节。</translation>
    </message>
    <message>
        <source>by the take</source>
        <translation>由片段确定</translation>
    </message>
    <message>
        <source>How far the camera looked down, if you know it; 0 is level. Else edges of the room, feet and body tell.</source>
        <translation>摄像头向下倾斜的角度（如已知）；0 为水平。否则由房间的边缘、双脚和身体判断。</translation>
    </message>
    <message>
        <source>Blender: File &gt; Import &gt; Motion Capture (.bvh), as it is; set the scene&apos;s frame rate to the clip&apos;s.</source>
        <translation>Blender：文件 &gt; 导入 &gt; 动作捕捉 (.bvh)，保持默认设置；将场景帧率设为视频的帧率。</translation>
    </message>
    <message>
        <source>&amp;Foot lock</source>
        <translation>脚部锁定(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Gaps</source>
        <translation>空缺(&amp;G)</translation>
    </message>
    <message>
        <source>Least &amp;confidence</source>
        <translation>最低置信度(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Names</source>
        <translation>命名(&amp;N)</translation>
    </message>
    <message>
        <source>BVH &amp;units</source>
        <translation>BVH 单位(&amp;U)</translation>
    </message>
    <message>
        <source>BVH &amp;order</source>
        <translation>BVH 顺序(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Largest error</source>
        <translation>最大误差(&amp;L)</translation>
    </message>
    <message>
        <source>Camera &amp;tilt</source>
        <translation>摄像头倾角(&amp;T)</translation>
    </message>
</context>
<context>
    <name>ExportProgress</name>
    <message>
        <source>Written frames of the video</source>
        <translation>视频已写入的帧</translation>
    </message>
    <message>
        <source>Cancel the video</source>
        <translation>取消导出视频</translation>
    </message>
    <message>
        <source>Give the video up; nothing of it is kept</source>
        <translation>放弃导出视频，不保留任何部分</translation>
    </message>
    <message>
        <source>{path} was not written</source>
        <translation>未写入 {path}</translation>
    </message>
    <message>
        <source>Writing {name}</source>
        <translation>正在写入 {name}</translation>
    </message>
    <message>
        <source>Writing {count} videos</source>
        <translation>正在写入 {count} 个视频</translation>
    </message>
    <message>
        <source>, {time} left</source>
        <translation>，剩余 {time}</translation>
    </message>
</context>
<context>
    <name>Exports</name>
    <message>
        <source>{name} is being written already; wait for it, or cancel it.</source>
        <translation>{name} 已在写入；请等它完成，或取消它。</translation>
    </message>
</context>
<context>
    <name>FileSource</name>
    <message>
        <source>There is no file {path}; check the name.</source>
        <translation>文件 {path} 不存在，请检查名称。</translation>
    </message>
    <message>
        <source>{path} is a folder; give the name of a video file.</source>
        <translation>{path} 是文件夹，请指定视频文件。</translation>
    </message>
    <message>
        <source>{path} is a pipe or a device; save the video in a file and give its name.</source>
        <translation>{path} 是管道或设备；请把视频存为文件，再给出文件名。</translation>
    </message>
    <message>
        <source>{path} cannot be opened ({reason}); check its permissions, and that its disk is connected.</source>
        <translation>{path} 无法打开（{reason}）；请检查其权限，以及所在磁盘是否已连接。</translation>
    </message>
    <message>
        <source>{path} is empty; copy the video again.</source>
        <translation>{path} 是空文件；请重新复制视频。</translation>
    </message>
    <message>
        <source>{path} is cut off: the index that is written last (moov) is missing; copy it again, or repair it.</source>
        <translation>{path} 不完整：缺少最后写入的索引（moov）；请重新复制或修复它。</translation>
    </message>
    <message>
        <source>{path} holds sound and no pictures; give the name of a video file.</source>
        <translation>{path} 只有声音，没有画面；请给出视频文件的名称。</translation>
    </message>
    <message>
        <source>{path} is a take and no video; with --headless and --export it is written in other formats.</source>
        <translation>{path} 是导出的片段，不是视频；用 --headless 和 --export 可将它写成其他格式。</translation>
    </message>
    <message>
        <source>{path} cannot be read as a video; try to play it, or convert it to MP4 (H.264).</source>
        <translation>{path} 无法作为视频读取；请试着播放它，或转换为 MP4（H.264）。</translation>
    </message>
    <message>
        <source>{name} is damaged or cut off: {read} of its {promised} pictures could be read.</source>
        <translation>{name} 已损坏或不完整：{promised} 个画面中只能读取 {read} 个。</translation>
    </message>
</context>
<context>
    <name>Film</name>
    <message>
        <source>{path} is the video that the film is made of; give another name.</source>
        <translation>{path} 就是导出所用的原视频；请换一个名称。</translation>
    </message>
    <message>
        <source>{path} cannot be written as a video; choose another place or make room.</source>
        <translation>{path} 无法写成视频；请选择其他位置或腾出空间。</translation>
    </message>
    <message>
        <source>The video has no frame any more; open it anew.</source>
        <translation>原视频中已读不到画面；请重新打开它。</translation>
    </message>
    <message>
        <source>{path} could not be written whole; choose another place or make room.</source>
        <translation>{path} 未能完整写入；请选择其他位置或腾出空间。</translation>
    </message>
</context>
<context>
    <name>Formats</name>
    <message>
        <source>BVH motion</source>
        <translation>BVH 动作</translation>
    </message>
    <message>
        <source>glTF: animated body</source>
        <translation>glTF 人体动画</translation>
    </message>
    <message>
        <source>TRC markers for OpenSim</source>
        <translation>TRC 标记点（用于 OpenSim）</translation>
    </message>
    <message>
        <source>C3D points for biomechanics</source>
        <translation>C3D 点（用于生物力学）</translation>
    </message>
    <message>
        <source>JSON with uncertainty</source>
        <translation>带不确定度的 JSON</translation>
    </message>
    <message>
        <source>CSV table</source>
        <translation>CSV 表格</translation>
    </message>
    <message>
        <source>NumPy arrays</source>
        <translation>NumPy 数组</translation>
    </message>
    <message>
        <source>MP4 video with the skeleton beside it</source>
        <translation>MP4 视频，旁边是骨架</translation>
    </message>
</context>
<context>
    <name>Joint</name>
    <message>
        <source>pelvis</source>
        <translation>骨盆</translation>
    </message>
    <message>
        <source>right hip</source>
        <translation>右髋</translation>
    </message>
    <message>
        <source>right knee</source>
        <translation>右膝</translation>
    </message>
    <message>
        <source>right ankle</source>
        <translation>右踝</translation>
    </message>
    <message>
        <source>left hip</source>
        <translation>左髋</translation>
    </message>
    <message>
        <source>left knee</source>
        <translation>左膝</translation>
    </message>
    <message>
        <source>left ankle</source>
        <translation>左踝</translation>
    </message>
    <message>
        <source>spine</source>
        <translation>脊柱</translation>
    </message>
    <message>
        <source>thorax</source>
        <translation>胸部</translation>
    </message>
    <message>
        <source>nose</source>
        <translation>鼻</translation>
    </message>
    <message>
        <source>head top</source>
        <translation>头顶</translation>
    </message>
    <message>
        <source>left shoulder</source>
        <translation>左肩</translation>
    </message>
    <message>
        <source>left elbow</source>
        <translation>左肘</translation>
    </message>
    <message>
        <source>left wrist</source>
        <translation>左腕</translation>
    </message>
    <message>
        <source>right shoulder</source>
        <translation>右肩</translation>
    </message>
    <message>
        <source>right elbow</source>
        <translation>右肘</translation>
    </message>
    <message>
        <source>right wrist</source>
        <translation>右腕</translation>
    </message>
    <message>
        <source>right toes</source>
        <translation>右脚尖</translation>
    </message>
    <message>
        <source>left toes</source>
        <translation>左脚尖</translation>
    </message>
    <message>
        <source>left hand</source>
        <translation>左手</translation>
    </message>
    <message>
        <source>right hand</source>
        <translation>右手</translation>
    </message>
    <message>
        <source>left ear</source>
        <translation>左耳</translation>
    </message>
    <message>
        <source>right ear</source>
        <translation>右耳</translation>
    </message>
</context>
<context>
    <name>JointPanel</name>
    <message>
        <source>Expected error of every joint</source>
        <translation>各关节的预期误差</translation>
    </message>
    <message>
        <source>How far off each joint may be, relative to the pelvis, in this frame. Click one to see its trail in 3D.</source>
        <translation>本帧中各关节相对骨盆可能偏差多远。单击关节可在三维视图中查看其轨迹。</translation>
    </message>
    <message>
        <source>{joint}: {error_mm} mm</source>
        <translation>{joint}：{error_mm} 毫米</translation>
    </message>
    <message>
        <source>Nobody in this frame</source>
        <translation>本帧中没有人</translation>
    </message>
    <message>
        <source>Least sure: {joint}, {error_mm} mm</source>
        <translation>最不确定：{joint}，{error_mm} 毫米</translation>
    </message>
    <message>
        <source>right</source>
        <translation>右</translation>
    </message>
    <message>
        <source>mm</source>
        <translation>毫米</translation>
    </message>
    <message>
        <source>left</source>
        <translation>左</translation>
    </message>
    <message>
        <source>ear</source>
        <translation>耳</translation>
    </message>
    <message>
        <source>shoulder</source>
        <translation>肩</translation>
    </message>
    <message>
        <source>elbow</source>
        <translation>肘</translation>
    </message>
    <message>
        <source>wrist</source>
        <translation>腕</translation>
    </message>
    <message>
        <source>hand</source>
        <translation>手</translation>
    </message>
    <message>
        <source>hip</source>
        <translation>髋</translation>
    </message>
    <message>
        <source>knee</source>
        <translation>膝</translation>
    </message>
    <message>
        <source>ankle</source>
        <translation>踝</translation>
    </message>
    <message>
        <source>toes</source>
        <translation>脚尖</translation>
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
    <name>Legend</name>
    <message>
        <source>Expected error, mm</source>
        <translation>预期误差（毫米）</translation>
    </message>
</context>
<context>
    <name>Lens</name>
    <message>
        <source>turn the board by 30 degrees, so that it faces the left of the picture.</source>
        <translation>将棋盘格转动 30 度，使其朝向画面左侧。</translation>
    </message>
    <message>
        <source>turn the board by 30 degrees, so that it faces the right of the picture.</source>
        <translation>将棋盘格转动 30 度，使其朝向画面右侧。</translation>
    </message>
    <message>
        <source>lean the board back by 30 degrees, so that it faces up.</source>
        <translation>将棋盘格后倾 30 度，使其朝上。</translation>
    </message>
    <message>
        <source>lean the board forward by 30 degrees, so that it faces down.</source>
        <translation>将棋盘格前倾 30 度，使其朝下。</translation>
    </message>
    <message>
        <source>move the board to the left of the picture.</source>
        <translation>将棋盘格移到画面左侧。</translation>
    </message>
    <message>
        <source>move the board to the right of the picture.</source>
        <translation>将棋盘格移到画面右侧。</translation>
    </message>
    <message>
        <source>move the board to the top of the picture.</source>
        <translation>将棋盘格移到画面上方。</translation>
    </message>
    <message>
        <source>move the board to the bottom of the picture.</source>
        <translation>将棋盘格移到画面下方。</translation>
    </message>
    <message>
        <source>show the board in other places, nearer and farther, tilted in other ways.</source>
        <translation>在其他位置展示棋盘格：远近不同，倾斜方向不同。</translation>
    </message>
    <message>
        <source>The board is not seen as a whole.</source>
        <translation>未看到完整的棋盘格。</translation>
    </message>
    <message>
        <source>The picture is blurred: hold the board still, or make more light.</source>
        <translation>画面模糊：请拿稳棋盘格，或增加照明。</translation>
    </message>
    <message>
        <source>Seen like this before.</source>
        <translation>与之前的画面重复。</translation>
    </message>
    <message>
        <source>This one is new.</source>
        <translation>已采集新画面。</translation>
    </message>
    <message>
        <source>This lens bends straight lines: points in the corners lie {bend} pixels off. Poses are found as if it did not; keep people near the middle, or switch the camera to a narrower view.</source>
        <translation>该镜头有畸变：画面角落的点偏移 {bend} 像素。姿态估计不考虑畸变；请让人物靠近画面中央，或将摄像头切换到更窄的视野。</translation>
    </message>
    <message>
        <source>Assumed: 60° across the longer side.</source>
        <translation>假定：长边视场角 60°。</translation>
    </message>
    <message>
        <source> The measured lens is of {width} x {height} pictures, which are cut otherwise, and is not used.</source>
        <translation>已测量的镜头对应 {width} x {height} 的画面，裁切方式不同，因此未使用。</translation>
    </message>
    <message>
        <source>Given: {focal} px.</source>
        <translation>指定：{focal} 像素。</translation>
    </message>
    <message>
        <source>{focal} px, as when it was recorded.</source>
        <translation>{focal} 像素，沿用录制时的值。</translation>
    </message>
    <message>
        <source>{focal} px, measured on {date} for {camera}.</source>
        <translation>{focal} 像素，{date} 为 {camera} 测量。</translation>
    </message>
    <message>
        <source>{focal} px, measured on {date}.</source>
        <translation>{focal} 像素，测量于 {date}。</translation>
    </message>
</context>
<context>
    <name>LensDialog</name>
    <message>
        <source>Measure the lens</source>
        <translation>测量镜头</translation>
    </message>
    <message>
        <source>&amp;Chessboard</source>
        <translation>棋盘格(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Person</source>
        <translation>人物(&amp;P)</translation>
    </message>
    <message>
        <source>Inner corners across</source>
        <translation>横向内角点数</translation>
    </message>
    <message>
        <source>Inner corners down</source>
        <translation>纵向内角点数</translation>
    </message>
    <message>
        <source>Where four squares meet: a board of 10 by 7 squares has 9 by 6 inner corners.</source>
        <translation>四个方格相交处为内角点：10 x 7 格的棋盘有 9 x 6 个内角点。</translation>
    </message>
    <message>
        <source>&amp;Inner corners</source>
        <translation>内角点(&amp;I)</translation>
    </message>
    <message>
        <source>How much of what is needed has been seen</source>
        <translation>采集进度</translation>
    </message>
    <message>
        <source>Print a chessboard, stick it to something flat, and show it in many places and tilts.</source>
        <translation>打印一张棋盘格，贴在平整的板上，在不同位置以不同倾角展示。</translation>
    </message>
    <message>
        <source>With shoes, if they are worn.</source>
        <translation>如穿鞋，请包含鞋的高度。</translation>
    </message>
    <message>
        <source>From below the camera to the heels, on the floor.</source>
        <translation>沿地面，从摄像头正下方量到脚跟。</translation>
    </message>
    <message>
        <source>from the camera</source>
        <translation>从摄像头</translation>
    </message>
    <message>
        <source>from a mark before it</source>
        <translation>从摄像头前的标记</translation>
    </message>
    <message>
        <source>From a mark, two places are needed, one behind the other; their step counts.</source>
        <translation>以标记为起点时，需在前后两个位置测量，以其间距为准。</translation>
    </message>
    <message>
        <source>&amp;Height of the person</source>
        <translation>人物身高(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Distance</source>
        <translation>距离(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Measured</source>
        <translation>测量起点(&amp;M)</translation>
    </message>
    <message>
        <source>Start again</source>
        <translation>重新开始</translation>
    </message>
    <message>
        <source>Stand upright and still before the middle of the picture, seen from crown to soles, the camera level. A second place makes it better.</source>
        <translation>摄像头保持水平，人物在画面中央直立静止，从头顶到脚底完整可见。在第二个位置再测一次会更准确。</translation>
    </message>
    <message>
        <source>Save for this camera</source>
        <translation>为此摄像头保存</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Used whenever {camera} is opened.</source>
        <translation>每次打开 {camera} 时使用。</translation>
    </message>
    <message>
        <source>Used for this video, and for what is opened after it; a batch does without it.</source>
        <translation>用于此视频及之后打开的内容；批处理不使用。</translation>
    </message>
    <message>
        <source>Save as file…</source>
        <translation>另存为文件…</translation>
    </message>
    <message>
        <source>For the command line&apos;s --lens.</source>
        <translation>供命令行的 --lens 使用。</translation>
    </message>
    <message>
        <source>Search the video</source>
        <translation>在视频中查找</translation>
    </message>
    <message>
        <source>Searching…</source>
        <translation>正在查找…</translation>
    </message>
    <message>
        <source>There is enough. More makes it better.</source>
        <translation>画面已足够，更多会更准确。</translation>
    </message>
    <message>
        <source>Now {what}</source>
        <translation>接下来，{what}</translation>
    </message>
    <message>
        <source>Pictures kept: {count}.</source>
        <translation>已采集画面：{count}。</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>测量</translation>
    </message>
    <message>
        <source>Stand there… {seconds}</source>
        <translation>请就位… {seconds}</translation>
    </message>
    <message>
        <source>Stand still…</source>
        <translation>请站稳…</translation>
    </message>
    <message>
        <source>{distance} m: {height} px high</source>
        <translation>{distance} 米：高 {height} 像素</translation>
    </message>
    <message>
        <source>Focal length {focal} px, within {error} %
Field of view {fov}°</source>
        <translation>焦距 {focal} 像素，误差 {error} % 以内
视场角 {fov}°</translation>
    </message>
    <message>
        <source>Corners within {rms} px</source>
        <translation>角点误差 {rms} 像素以内</translation>
    </message>
    <message>
        <source>Save lens</source>
        <translation>保存镜头</translation>
    </message>
    <message>
        <source>Lens (*.json)</source>
        <translation>镜头 (*.json)</translation>
    </message>
    <message>
        <source> m</source>
        <translation> 米</translation>
    </message>
</context>
<context>
    <name>LensView</name>
    <message>
        <source>Picture of the camera with the corners of the chessboard</source>
        <translation>带棋盘格角点的摄像头画面</translation>
    </message>
    <message>
        <source>Open a camera or a video first.</source>
        <translation>请先打开摄像头或视频。</translation>
    </message>
</context>
<context>
    <name>LiveWorker</name>
    <message>
        <source>{camera} gives no pictures that could be recorded.</source>
        <translation>{camera} 没有可录制的画面。</translation>
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
        <source>Batch</source>
        <translation>批处理</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>摄像头</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
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
        <source>Videos</source>
        <translation>视频</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>所有文件</translation>
    </message>
    <message>
        <source>Open video</source>
        <translation>打开视频</translation>
    </message>
    <message>
        <source>No webcam is plugged in</source>
        <translation>未接入摄像头</translation>
    </message>
</context>
<context>
    <name>Playback</name>
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
        <source>&amp;Loop</source>
        <translation>循环(&amp;L)</translation>
    </message>
    <message>
        <source>Begin the take &amp;here</source>
        <translation>将此处设为片段起点(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;End the take here</source>
        <translation>将此处设为片段终点(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Whole take</source>
        <translation>整个片段(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Stop processing</source>
        <translation>停止处理(&amp;S)</translation>
    </message>
    <message>
        <source>{speed} x</source>
        <translation>{speed} 倍</translation>
    </message>
    <message>
        <source>Sp&amp;eed</source>
        <translation>速度(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Continue processing</source>
        <translation>继续处理(&amp;C)</translation>
    </message>
    <message>
        <source>beginning of the take</source>
        <translation>片段起点</translation>
    </message>
    <message>
        <source>end of the take</source>
        <translation>片段终点</translation>
    </message>
    <message>
        <source>whole take</source>
        <translation>整个片段</translation>
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
    <name>ProcessingPanel</name>
    <message>
        <source>Lite</source>
        <translation>轻量</translation>
    </message>
    <message>
        <source>Full</source>
        <translation>标准</translation>
    </message>
    <message>
        <source>Heavy</source>
        <translation>重型</translation>
    </message>
    <message>
        <source>The 2D detector: larger ones are steadier and slower.</source>
        <translation>二维检测器：越大越稳定，也越慢。</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Steps of the optimization against what the camera saw; off leaves it out.</source>
        <translation>按摄像头所见优化的迭代次数；“关闭”则不优化。</translation>
    </message>
    <message>
        <source>as usual</source>
        <translation>默认</translation>
    </message>
    <message>
        <source>Frames refined together: {file} of a file and {live} of a webcam as usual.</source>
        <translation>一起优化的帧数：默认文件 {file} 帧，摄像头 {live} 帧。</translation>
    </message>
    <message>
        <source> m</source>
        <translation> 米</translation>
    </message>
    <message>
        <source>One camera cannot see size: tell it, if you know.</source>
        <translation>单个摄像头无法测出实际大小；如果知道身高，请填写。</translation>
    </message>
    <message>
        <source>Field of view of your lens across the longer side, if it is not measured.</source>
        <translation>镜头长边方向的视场角；未测量镜头时填写。</translation>
    </message>
    <message>
        <source>Where the ground is</source>
        <translation>地面位置</translation>
    </message>
    <message>
        <source>How many people to tell apart; click the one to follow in the video. More than one takes longer.</source>
        <translation>要区分的人数；在视频中单击要跟踪的人。多于一人时耗时更长。</translation>
    </message>
    <message>
        <source>Left: every movement as it was seen. Right: calm, and quick movements are rounded off.</source>
        <translation>左：保留所见的每个动作。右：更平稳，但快速动作会被抹圆。</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Stop the recording first: this would cut it.</source>
        <translation>请先停止录制：否则录制会被中断。</translation>
    </message>
    <message>
        <source>Process the source anew with these settings.</source>
        <translation>以这些设置重新处理。</translation>
    </message>
    <message>
        <source>&amp;Detector</source>
        <translation>检测器(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;People</source>
        <translation>人数(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;UAO steps</source>
        <translation>UAO 迭代(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Window</source>
        <translation>窗口帧数(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Height</source>
        <translation>身高(&amp;H)</translation>
    </message>
    <message>
        <source>Field of &amp;view</source>
        <translation>视场角(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Steadiness</source>
        <translation>平稳度(&amp;S)</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>Where the focal length comes from</source>
        <translation>焦距来源</translation>
    </message>
    <message>
        <source>Measure the &amp;lens…</source>
        <translation>测量镜头(&amp;L)…</translation>
    </message>
    <message>
        <source>With a chessboard, or with a person of known height; kept for every camera.</source>
        <translation>使用棋盘格，或已知身高的人；为每个摄像头分别保存。</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>清除</translation>
    </message>
    <message>
        <source>Assume a common lens again.</source>
        <translation>恢复假定的常见镜头。</translation>
    </message>
    <message>
        <source>looks down {angle}°</source>
        <translation>俯视 {angle}°</translation>
    </message>
    <message>
        <source>looks up {angle}°</source>
        <translation>仰视 {angle}°</translation>
    </message>
    <message>
        <source>The camera {looks} (±{error}°), by upright edges in the picture; no feet tell its height.</source>
        <translation>根据画面中的竖直边缘，摄像头{looks}（±{error}°）；看不到脚，高度未知。</translation>
    </message>
    <message>
        <source>Camera {height} m above the ground, {looks} (±{error}°).</source>
        <translation>摄像头距地面 {height} 米，{looks}（±{error}°）。</translation>
    </message>
</context>
<context>
    <name>Queue</name>
    <message>
        <source>{hours} h {minutes:02} min</source>
        <translation>{hours} 小时 {minutes:02} 分</translation>
    </message>
    <message>
        <source>{minutes} min {seconds:02} s</source>
        <translation>{minutes} 分 {seconds:02} 秒</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} 秒</translation>
    </message>
</context>
<context>
    <name>QueueModel</name>
    <message>
        <source>Video</source>
        <translation>视频</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>剩余时间</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>{count} frames done</source>
        <translation>已完成 {count} 帧</translation>
    </message>
    <message>
        <source>running</source>
        <translation>处理中</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>done before</source>
        <translation>此前已完成</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>{time}, {fps:.0f} fps</source>
        <translation>{time}，{fps:.0f} 帧/秒</translation>
    </message>
    <message>
        <source>nobody was found; {files}</source>
        <translation>未找到人；{files}</translation>
    </message>
    <message>
        <source>expected error {sigma_mm:.0f} mm, reprojection {reprojection_px:.1f} px; {files}</source>
        <translation>预期误差 {sigma_mm:.0f} 毫米，重投影误差 {reprojection_px:.1f} 像素；{files}</translation>
    </message>
</context>
<context>
    <name>QueuePanel</name>
    <message>
        <source>Batch of videos</source>
        <translation>批处理视频</translation>
    </message>
    <message>
        <source>Add &amp;files…</source>
        <translation>添加文件(&amp;F)…</translation>
    </message>
    <message>
        <source>Add f&amp;older…</source>
        <translation>添加文件夹(&amp;O)…</translation>
    </message>
    <message>
        <source>All videos in a folder and in the folders in it.</source>
        <translation>文件夹及其子文件夹中的所有视频。</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>开始(&amp;S)</translation>
    </message>
    <message>
        <source>Progress of all videos</source>
        <translation>全部视频的进度</translation>
    </message>
    <message>
        <source>State of the batch</source>
        <translation>批处理状态</translation>
    </message>
    <message>
        <source>Folder of the results</source>
        <translation>结果文件夹</translation>
    </message>
    <message>
        <source>Over&amp;write</source>
        <translation>覆盖(&amp;W)</translation>
    </message>
    <message>
        <source>Also process what was done before from the same video with the same settings.</source>
        <translation>同一视频以相同设置处理过的，也重新处理。</translation>
    </message>
    <message>
        <source>Drop videos or a folder here</source>
        <translation>将视频或文件夹拖放到此处</translation>
    </message>
    <message>
        <source>They are processed one after the other. The results go to the folder below.</source>
        <translation>视频将依次处理，结果保存到下方的文件夹。</translation>
    </message>
    <message>
        <source>Videos</source>
        <translation>视频</translation>
    </message>
    <message>
        <source>&amp;Results to</source>
        <translation>结果保存到(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Open video</source>
        <translation>打开视频(&amp;O)</translation>
    </message>
    <message>
        <source>Open &amp;folder of results</source>
        <translation>打开结果文件夹(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Try again</source>
        <translation>重试(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Process again</source>
        <translation>重新处理(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>Move &amp;up</source>
        <translation>上移(&amp;U)</translation>
    </message>
    <message>
        <source>Move &amp;down</source>
        <translation>下移(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>移除(&amp;R)</translation>
    </message>
    <message>
        <source>Try all that failed a&amp;gain</source>
        <translation>重试所有失败项(&amp;G)</translation>
    </message>
    <message>
        <source>Remove all that are &amp;done</source>
        <translation>移除所有已完成项(&amp;D)</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>选择文件夹…</translation>
    </message>
    <message>
        <source>Looking for videos…</source>
        <translation>正在查找视频…</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>正在停止…</translation>
    </message>
    <message>
        <source>Paused while a camera is live</source>
        <translation>摄像头实时运行期间暂停</translation>
    </message>
    <message>
        <source>{good} of {count} done</source>
        <translation>已完成 {good}/{count}</translation>
    </message>
    <message>
        <source>, {failed} failed</source>
        <translation>，失败 {failed}</translation>
    </message>
    <message>
        <source>, {time} left</source>
        <translation>，剩余 {time}</translation>
    </message>
    <message>
        <source>Choose a format to write</source>
        <translation>请选择输出格式</translation>
    </message>
    <message>
        <source>Add videos</source>
        <translation>添加视频</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>所有文件</translation>
    </message>
    <message>
        <source>Add the videos of a folder</source>
        <translation>添加文件夹中的视频</translation>
    </message>
</context>
<context>
    <name>RenderThread</name>
    <message>
        <source>The 3D view has been closed.</source>
        <translation>三维视图已关闭。</translation>
    </message>
</context>
<context>
    <name>ShareDelegate</name>
    <message>
        <source>{percent:.0f} %</source>
        <translation>{percent:.0f} %</translation>
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
        <source>Stopped before the first frame</source>
        <translation>已停止于第一帧之前</translation>
    </message>
    <message>
        <source>Stopped after frame {done} of {total}</source>
        <translation>已停止于第 {done} 帧，共 {total} 帧</translation>
    </message>
    <message>
        <source>Nobody is in the part that is kept</source>
        <translation>保留的部分中没有找到人</translation>
    </message>
    <message>
        <source>Waiting for {camera}: plug it in again, or close it</source>
        <translation>正在等待 {camera}：请重新插入，或将其关闭</translation>
    </message>
    <message>
        <source>Live   {fps} fps   {latency} ms from grab to picture</source>
        <translation>实时   {fps} 帧/秒   从采集到显示 {latency} 毫秒</translation>
    </message>
    <message>
        <source>short of time: {steps} of {wanted} steps</source>
        <translation>时间不足：{wanted} 步中的 {steps} 步</translation>
    </message>
    <message>
        <source>Recording {seconds} s</source>
        <translation>正在录制 {seconds} 秒</translation>
    </message>
    <message>
        <source>Recorded {frames} pictures to {path}</source>
        <translation>已录制 {frames} 帧画面到 {path}</translation>
    </message>
    <message>
        <source>The camera went away.</source>
        <translation>摄像头已断开。</translation>
    </message>
    <message>
        <source>; {count} were left out by a slow disk</source>
        <translation>；因磁盘较慢丢失 {count} 帧</translation>
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
    <name>TakeDelegate</name>
    <message>
        <source>Title of the take</source>
        <translation>片段标题</translation>
    </message>
    <message>
        <source>As the file</source>
        <translation>与文件同名</translation>
    </message>
</context>
<context>
    <name>Takes</name>
    <message>
        <source>renaming of {title}</source>
        <translation>重命名“{title}”</translation>
    </message>
    <message>
        <source>note on {title}</source>
        <translation>“{title}”的备注</translation>
    </message>
    <message>
        <source>Nothing can be recorded to {folder}; choose another folder.</source>
        <translation>无法录制到 {folder}，请选择其他文件夹。</translation>
    </message>
    <message>
        <source>deletion of {title}</source>
        <translation>删除“{title}”</translation>
    </message>
    <message>
        <source>deletion of {count} takes</source>
        <translation>删除 {count} 个片段</translation>
    </message>
    <message>
        <source>{date}, {duration}</source>
        <translation>{date}，{duration}</translation>
    </message>
    <message>
        <source>{frames} pictures, {duration}, {size}</source>
        <translation>{frames} 帧，{duration}，{size}</translation>
    </message>
    <message>
        <source>Trimmed to pictures {first} to {last}</source>
        <translation>已裁剪为第 {first} 至 {last} 帧</translation>
    </message>
</context>
<context>
    <name>TakesDock</name>
    <message>
        <source>Takes</source>
        <translation>片段</translation>
    </message>
    <message>
        <source>“{title}” was deleted.</source>
        <translation>已删除“{title}”。</translation>
    </message>
    <message>
        <source>{count} takes were deleted.</source>
        <translation>已删除 {count} 个片段。</translation>
    </message>
    <message>
        <source>Press {keys} in the list of takes to undo that; the files are kept in {folder} for {days} days.</source>
        <translation>在片段列表中按 {keys} 可撤销；文件在 {folder} 中保留 {days} 天。</translation>
    </message>
</context>
<context>
    <name>TakesPanel</name>
    <message>
        <source>Takes</source>
        <translation>片段</translation>
    </message>
    <message>
        <source>No takes yet</source>
        <translation>暂无片段</translation>
    </message>
    <message>
        <source>Open a webcam, then press Record. What you record is kept here, to be named, watched and exported.</source>
        <translation>打开摄像头，然后按“录制”。录制的内容保存在这里，可命名、观看和导出。</translation>
    </message>
    <message>
        <source>Note on the take</source>
        <translation>片段备注</translation>
    </message>
    <message>
        <source>Who, what, and which try was the good one</source>
        <translation>谁、做什么、哪一次最好</translation>
    </message>
    <message>
        <source>Folder of the recordings</source>
        <translation>录制文件夹</translation>
    </message>
    <message>
        <source>Open &amp;folder</source>
        <translation>打开文件夹(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Change folder…</source>
        <translation>更改文件夹(&amp;C)…</translation>
    </message>
    <message>
        <source>&amp;Open</source>
        <translation>打开(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Rename</source>
        <translation>重命名(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>删除(&amp;D)</translation>
    </message>
    <message>
        <source>Show deleted &amp;takes</source>
        <translation>显示已删除的片段(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Note</source>
        <translation>备注(&amp;N)</translation>
    </message>
    <message>
        <source>Recordings go to</source>
        <translation>录制保存到</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>重做</translation>
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
    <name>VideoView</name>
    <message>
        <source>Video with the skeleton drawn over it</source>
        <translation>叠加骨骼的视频</translation>
    </message>
</context>
<context>
    <name>ViewportWidget</name>
    <message>
        <source>3D view of the skeleton, coloured by expected error</source>
        <translation>骨骼的三维视图，按预期误差着色</translation>
    </message>
    <message>
        <source>Drag to orbit, right-drag or Shift-drag to pan, wheel to zoom, double-click to reset. Click a joint for its trail. Keys: Shift+arrows to orbit, +, -, Home.</source>
        <translation>拖动旋转，右键拖动或 Shift 拖动平移，滚轮缩放，双击复位。单击关节显示其轨迹。按键：Shift+方向键旋转，+、-、Home。</translation>
    </message>
    <message>
        <source>The skeleton appears here when a person is found</source>
        <translation>找到人物后，骨骼会显示在此处</translation>
    </message>
    <message>
        <source>{joint}  {error_mm} mm</source>
        <translation>{joint}  {error_mm} 毫米</translation>
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
<context>
    <name>Worker</name>
    <message>
        <source>Something went wrong that should not have ({error}); start with --log-level debug.</source>
        <translation>发生了意外错误（{error}）；请用 --log-level debug 启动以查明原因。</translation>
    </message>
</context>
</TS>
